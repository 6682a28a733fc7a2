// One kill run: jobs go through a laptop cloud while faults are injected. Afterwards every rule is checked.
import { type Laptop, until } from '../support/laptop/laptop.ts';
import type { SteppedClock } from '../support/laptop/stepped-clock.ts';
import { advanceStalledClock, watchRows } from './background-tasks.ts';
import { checkFacts } from './checks/check-facts.ts';
import { collectFacts } from './checks/collect-facts.ts';
import { countFacts } from './checks/count-facts.ts';
import { createRowWatch } from './checks/row-watch.ts';
import { startConsumer } from './consumer.ts';
import { type FaultCounts, planFaults } from './fault-plan.ts';
import { injectFaults } from './inject-faults.ts';
import { createKillableCloud } from './killable-cloud.ts';
import type { Run } from './run.ts';
import { createSeededRandom } from './seeded-random.ts';
import { startSite } from './site.ts';
import { submitAll } from './submit-all.ts';
import { makeDesktop, makePartner, subscribe } from './tenant.ts';

/** The run's own account. The demo's account and agent exist beside it. */
const ACCOUNT_ID = 'killrunkillrun22';

export interface KillRunOptions {
  readonly seed: number;
  readonly jobs: number;
  readonly agents: number;
  /** How many stale pointers are planted in all. */
  readonly stale: number;
  readonly counts: FaultCounts;
  /** A laptop cloud that runs with this clock, on a port that it keeps. */
  readonly laptop: Laptop;
  readonly clock: SteppedClock;
  /** Starts the laptop cloud again with the same options. */
  readonly restart: () => Promise<Laptop>;
}

export interface KillRunReport {
  /** One sentence for each violated rule. */
  readonly findings: readonly string[];
  /** Counts of what happened. */
  readonly counts: Readonly<Record<string, number>>;
}

const TIMEOUT_MS = 600_000;

/**
 * Runs the jobs with faults and returns the violated rules. At the end the laptop cloud still runs, and belongs to the caller.
 *
 * @throws Error if the jobs do not end in time.
 */
export async function killRun(options: KillRunOptions): Promise<KillRunReport> {
  const run = await prepare(options);
  try {
    const steps = await runJobs(run);
    const exits = await Promise.all(run.desktops.map((desktop) => desktop.stop()));
    await allDelivered(run);
    const facts = await collectFacts(run);
    run.watch.observe(facts.rows);
    const badExits = exits.filter((code) => code !== 0).map((code) => `an agent ended with ${code}`);
    const findings = [...checkFacts(facts), ...run.watch.findings, ...badExits];
    return { findings, counts: { ...countFacts(facts, run), steps } };
  } finally {
    run.finished.abort();
    await Promise.all(run.desktops.map((desktop) => desktop.kill()));
    for (const server of [run.site, run.consumer]) server.stop();
  }
}

async function prepare(options: KillRunOptions): Promise<Run> {
  const { laptop, clock, jobs, agents } = options;
  const [site, consumer] = await Promise.all([startSite(), startConsumer()]);
  const cloud = createKillableCloud(laptop, options.restart);
  const place = { accountId: ACCOUNT_ID, baseUrl: laptop.state.baseUrl, dataDir: laptop.dataDir };
  const client = await makePartner(cloud.access(), place);
  await subscribe(cloud.access(), place, consumer);
  const names = Array.from({ length: agents }, (_, index) => `desktop-${index}`);
  const desktops = await Promise.all(names.map((name) => makeDesktop(cloud.access(), place, name)));
  const plan = planFaults(createSeededRandom(options.seed), options);
  return {
    accountId: ACCOUNT_ID,
    jobs,
    plan,
    stale: options.stale,
    cloud,
    clock,
    client,
    desktops,
    site,
    consumer,
    submitted: [],
    watch: createRowWatch(),
    finished: new AbortController(),
    endedCount: consumer.jobCount,
  };
}

/** Resolves when every job has ended and every fault was injected. Returns how often the stalled clock was advanced. */
async function runJobs(run: Run): Promise<number> {
  for (const desktop of run.desktops) desktop.start();
  const background = [watchRows(run), advanceStalledClock(run)] as const;
  const ended = until(`${run.jobs} ended jobs`, () => run.endedCount() >= run.jobs, TIMEOUT_MS);
  try {
    await Promise.all([submitAll(run), injectFaults(run, run.plan), ended]);
  } finally {
    run.finished.abort();
  }
  const [, steps] = await Promise.all(background);
  return steps;
}

/** Waits until the delivery queue is empty, so that duplicate deliveries have arrived. */
async function allDelivered({ cloud }: Run): Promise<void> {
  await until('an empty delivery queue', async () => {
    const depth = await cloud.access().backlog.deliveries();
    return depth?.visible === 0 && depth.inFlight === 0;
  });
}
