// One kill run: jobs go through a laptop cloud that is killed, frozen, repeated to and set ahead; then all is held to the rules.
import { type Laptop, until } from '../support/laptop/laptop.ts';
import type { SteppedClock } from '../support/laptop/stepped-clock.ts';
import { helpOn, watchRows } from './bystanders.ts';
import { startConsumer } from './consumer.ts';
import { createDice } from './dice.ts';
import { type FaultCounts, planFaults } from './fault-plan.ts';
import { collectFacts } from './judge/collect-facts.ts';
import { countFacts } from './judge/count-facts.ts';
import { judge } from './judge/judge.ts';
import { createRowWatch } from './judge/row-watch.ts';
import { createMortalCloud } from './mortal-cloud.ts';
import type { Run } from './run.ts';
import { sabotage } from './saboteur.ts';
import { startSite } from './site.ts';
import { submitAll } from './submitters.ts';
import { makeDesk, makePartner, subscribe } from './tenant.ts';

/** The run's own. The demo's job and agent are there at every start. */
const ACCOUNT_ID = 'killrunkillrun22';

export interface KillRunOptions {
  readonly seed: number;
  readonly jobs: number;
  readonly agents: number;
  /** How many stale pointers are planted in all. */
  readonly stale: number;
  readonly counts: FaultCounts;
  /** Running, under the clock, at a port that it keeps. */
  readonly laptop: Laptop;
  readonly clock: SteppedClock;
  /** Starts it again as it was started. */
  readonly startAgain: () => Promise<Laptop>;
}

export interface KillRunReport {
  /** One sentence for each rule that was broken. */
  readonly findings: readonly string[];
  /** What happened, as counts. */
  readonly counts: Readonly<Record<string, number>>;
}

const PATIENCE_MS = 600_000;

/** Leaves the cloud that runs then, and nothing else, to its owner. @throws Error when the jobs do not end. */
export async function killRun(options: KillRunOptions): Promise<KillRunReport> {
  const run = await prepare(options);
  try {
    const steps = await letItRun(run);
    const exits = await Promise.all(run.desks.map((desk) => desk.stop()));
    await allDelivered(run);
    const facts = await collectFacts(run);
    run.watch.see(facts.rows);
    const restless = exits.filter((code) => code !== 0).map((code) => `an agent ended with ${code}`);
    const findings = [...judge(facts), ...run.watch.findings, ...restless];
    return { findings, counts: { ...countFacts(facts, run), steps } };
  } finally {
    run.over.abort();
    await Promise.all(run.desks.map((desk) => desk.kill()));
    for (const server of [run.site, run.consumer]) server.stop();
  }
}

async function prepare(options: KillRunOptions): Promise<Run> {
  const { laptop, clock, jobs, agents } = options;
  const [site, consumer] = await Promise.all([startSite(), startConsumer()]);
  const cloud = createMortalCloud(laptop, options.startAgain);
  const place = { accountId: ACCOUNT_ID, baseUrl: laptop.state.baseUrl, dataDir: laptop.dataDir };
  const client = await makePartner(cloud.access(), place);
  await subscribe(cloud.access(), place, consumer);
  const names = Array.from({ length: agents }, (_, index) => `desk-${index}`);
  const desks = await Promise.all(names.map((name) => makeDesk(cloud.access(), place, name)));
  const plan = planFaults(createDice(options.seed), options);
  return {
    accountId: ACCOUNT_ID,
    jobs,
    plan,
    stale: options.stale,
    cloud,
    clock,
    client,
    desks,
    site,
    consumer,
    handed: [],
    watch: createRowWatch(),
    over: new AbortController(),
    endedCount: consumer.jobCount,
  };
}

/** Until every job has ended at the consumer and every fault has struck. How often the clock was set ahead. */
async function letItRun(run: Run): Promise<number> {
  for (const desk of run.desks) desk.start();
  const beside = [watchRows(run), helpOn(run)] as const;
  const ended = until(`${run.jobs} ended jobs`, () => run.endedCount() >= run.jobs, PATIENCE_MS);
  try {
    await Promise.all([submitAll(run), sabotage(run, run.plan), ended]);
  } finally {
    run.over.abort();
  }
  const [, steps] = await Promise.all(beside);
  return steps;
}

/** What came twice, or too much, has come too. */
async function allDelivered({ cloud }: Run): Promise<void> {
  await until('an empty delivery queue', async () => {
    const depth = await cloud.access().backlog.deliveries();
    return depth?.visible === 0 && depth.inFlight === 0;
  });
}
