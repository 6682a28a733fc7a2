// Measures the costs in the table of docs/reference.md: performs each operation once and reads the meter.

import type { MeterReading } from '../../lib/local/cloud/meter/meter.ts';
import { REPEAT_HEADER } from '../../lib/protocol/http-message.ts';
import type { LeasedJob, PullResponse } from '../../lib/protocol/messages.ts';
import type { IncomingRequest } from '../../lib/relay/http/request-pipeline.ts';
import { TUNING } from '../../lib/relay/model/tuning.ts';
import { ACCOUNT } from '../support/relay/samples.ts';
import { type Partner, withHeaders } from '../support/relay/world.ts';
import { type MeteredRelay, startMeteredRelay } from './metered-relay.ts';
import { createAgent, submissions } from './reference-job.ts';

/** The most jobs that one poll leases. */
export const JOBS_PER_POLL = 10;

const SUBMIT = '/api/links/fetch';
const BATCH = '/api/links/fetch/batch';
const CANCEL = '/api/links/cancel';
const LIST = '/api/links';
const HOUR_MINUTES = 60;

type Agent = ReturnType<typeof createAgent>;

interface Setup {
  readonly relay: MeteredRelay;
  readonly agent: Agent;
  /** An agent in a pool without jobs. */
  readonly idleAgent: Agent;
  readonly signer: Partner;
  readonly hundred: ReturnType<typeof submissions>;
  readonly endedJobId: string;
  readonly post: (path: string, json: unknown) => Promise<Awaited<ReturnType<MeteredRelay['ask']>>>;
  readonly get: (path: string, by?: Partner) => Promise<Awaited<ReturnType<MeteredRelay['ask']>>>;
}

export type Costs = Readonly<Record<keyof typeof MEASURES, MeterReading>>;

/** Starts a metered relay, and returns the meter's counts for each operation. */
export async function measureCosts(): Promise<Costs> {
  const relay = await startMeteredRelay();
  try {
    const setup = await warmUp(relay);
    const costs: Partial<Record<keyof typeof MEASURES, MeterReading>> = {};
    for (const [what, measure] of Object.entries(MEASURES)) costs[what as keyof typeof MEASURES] = await measure(setup);
    return costs as Costs;
  } finally {
    await relay.stop();
  }
}

/** Runs one job, so that caches are filled, the quota's month and minute exist, and the agent was seen. */
async function warmUp(relay: MeteredRelay): Promise<Setup> {
  const { world, ask } = relay;
  const signer = await world.makeEd25519Partner(ACCOUNT.accountId);
  const setup: Setup = {
    relay,
    agent: createAgent(relay, world.agent),
    idleAgent: createAgent(relay, await relay.enroll(await world.makeAgent(2, { pool: 'second' }))),
    signer,
    hundred: submissions(100),
    endedJobId: '',
    post: (path, json) => ask(world.signedByPartner('POST', path, json)),
    get: (path, by) => ask(world.signedByPartner('GET', path, undefined, by)),
  };
  await setup.get(LIST, signer);
  return { ...setup, endedJobId: await runJob(setup) };
}

/** Runs one job from its submission to its webhook, step by step. Returns its id. */
async function runJob({ relay, agent, post }: Setup): Promise<string> {
  const { status, json } = await post(SUBMIT, submissions(1)[0]);
  assertEqual(202, status);
  assertEqual(1, (await agent.poll(1)).leased);
  assertEqual(1, (await agent.poll(0)).accepted);
  assertEqual(1, await relay.publish());
  assertEqual(1, await relay.deliver());
  return json.jobId;
}

/** The order matters: whole jobs need an empty queue, and measurements that advance the clock come last. */
const MEASURES = {
  jobAlone: (setup: Setup) => setup.relay.costOf(() => runJob(setup)),
  tenJobs: (setup: Setup) => setup.relay.costOf(() => runTenJobs(setup)),
  jobInFlow: async (setup: Setup) => {
    await setup.post(SUBMIT, submissions(1)[0]);
    assertEqual(1, (await setup.agent.poll(1)).leased);
    return setup.relay.costOf(() => runJobInFlow(setup));
  },
  lease: (setup: Setup) => withLease(setup, async ({ takeOne }) => setup.relay.costOf(takeOne)),
  repeatedPull: (setup: Setup) =>
    withLease(setup, async ({ takeOne }) => {
      const repeat = withHeaders(await takeOne(), { [REPEAT_HEADER]: '1' });
      return setup.relay.costOf(async () => assertEqual(1, (await setup.relay.ask(repeat)).json.jobs.length));
    }),
  renew: (setup: Setup) =>
    withLease(setup, async ({ takeOne, leased }) => {
      await takeOne();
      return setup.relay.costOf(async () =>
        assertEqual(1, (await pullWith(setup, { renew: [leased().lease] })).renewed.length),
      );
    }),
  release: (setup: Setup) =>
    withLease(setup, async ({ takeOne, leased }) => {
      await takeOne();
      const cost = await setup.relay.costOf(() => pullWith(setup, { release: [leased().lease] }));
      await takeOne();
      return cost;
    }),
  report: (setup: Setup) =>
    withLease(setup, async ({ takeOne, report }) => {
      await takeOne();
      return setup.relay.costOf(report);
    }),
  leaseBehindStale: async (setup: Setup) => {
    const { post, hundred } = setup;
    const { items } = (await post(BATCH, { jobs: hundred.map(asStale) })).json;
    for (const { job } of items) assertEqual(200, (await post(CANCEL, { jobId: job.jobId })).status);
    return withLease(setup, async ({ takeOne }) => setup.relay.costOf(takeOne));
  },
  submit: ({ relay, post }: Setup) =>
    relay.costOf(async () => assertEqual(202, (await post(SUBMIT, submissions(1)[0])).status)),
  repeat: async ({ relay, post }: Setup) => {
    const [submission] = submissions(1);
    await post(SUBMIT, submission);
    return relay.costOf(async () => assertEqual(200, (await post(SUBMIT, submission)).status));
  },
  readEnded: async ({ relay, get, endedJobId }: Setup) =>
    relay.costOf(async () => assertEqual(200, (await get(`${LIST}/${endedJobId}`)).status)),
  readWithoutClaim: async ({ relay, get, signer, endedJobId }: Setup) =>
    relay.costOf(async () => assertEqual(200, (await get(`${LIST}/${endedJobId}`, signer)).status)),
  readWaiting: async ({ relay, post, get }: Setup) => {
    const { jobId } = (await post(SUBMIT, submissions(1)[0])).json;
    return relay.costOf(async () => assertEqual(200, (await get(`${LIST}/${jobId}`)).status));
  },
  cancel: async ({ relay, post }: Setup) => {
    const { jobId } = (await post(SUBMIT, submissions(1)[0])).json;
    return relay.costOf(async () => assertEqual(200, (await post(CANCEL, { jobId })).status));
  },
  batchOf100: ({ relay, post, hundred }: Setup) =>
    relay.costOf(async () => assertEqual(100, countOf(202, (await post(BATCH, { jobs: hundred })).json.items))),
  repeatedBatchOf100: ({ relay, post, hundred }: Setup) =>
    relay.costOf(async () => assertEqual(100, countOf(200, (await post(BATCH, { jobs: hundred })).json.items))),
  listPage: ({ relay, get }: Setup) => relay.costOf(async () => assertEqual(50, (await get(LIST)).json.jobs.length)),
  idleHour: async ({ relay, idleAgent }: Setup) => {
    await idleAgent.poll(1);
    relay.world.passSeconds(HOUR_MINUTES * 60);
    await idleAgent.poll(1);
    return relay.costOf(() => times(HOUR_MINUTES, () => idleMinute(relay, idleAgent)));
  },
  sweepOf100: async ({ relay, post }: Setup) => {
    // This sweep handles the jobs that still wait, so that they are not due during the measurement.
    relay.world.passSeconds(TUNING.firstDueSeconds);
    await relay.sweep();
    assertEqual(100, countOf(202, (await post(BATCH, { jobs: submissions(100) })).json.items));
    relay.world.passSeconds(TUNING.firstDueSeconds);
    return relay.costOf(async () => assertEqual(100, await relay.sweep()));
  },
} as const satisfies Record<string, (setup: Setup) => Promise<MeterReading>>;

/** Returns the same job under another idempotency key. */
const asStale = (submission: Setup['hundred'][number]) => ({
  ...submission,
  idempotencyKey: `stale-${submission.idempotencyKey}`,
});

interface OneLease {
  /** Leases the waiting job. Returns the request, so that it can be repeated. */
  readonly takeOne: () => Promise<IncomingRequest>;
  readonly leased: () => LeasedJob;
  readonly report: () => Promise<void>;
}

/** Submits one job, runs the measurement with it, and reports a result, so that no job waits afterwards. */
async function withLease(setup: Setup, measure: (lease: OneLease) => Promise<MeterReading>): Promise<MeterReading> {
  const { relay, agent, post } = setup;
  assertEqual(202, (await post(SUBMIT, submissions(1)[0])).status);
  const leasedJobs: LeasedJob[] = [];
  const leased = () => {
    const last = leasedJobs.at(-1);
    if (!last) throw new Error('No job was leased.');
    return last;
  };
  const takeOne = async () => {
    const request = agent.sign({ want: 1 });
    const { json } = await relay.ask(request);
    assertEqual(1, json.jobs.length);
    leasedJobs.push(...json.jobs);
    return request;
  };
  let isReported = false;
  const report = async () => {
    if (!isReported) assertEqual(1, (await pullWith(setup, { results: [agent.reportOf(leased())] })).accepted.length);
    isReported = true;
  };
  const cost = await measure({ takeOne, leased, report });
  await report();
  return cost;
}

async function pullWith({ relay, agent }: Setup, input: object): Promise<PullResponse> {
  const { status, json } = await relay.ask(agent.sign(input));
  assertEqual(200, status);
  return json;
}

/** Runs one job while jobs keep coming: the poll that leases it also reports the previous job. */
async function runJobInFlow({ relay, agent, post }: Setup): Promise<void> {
  assertEqual(202, (await post(SUBMIT, submissions(1)[0])).status);
  const { leased, accepted } = await agent.poll(1);
  assertEqual(2, leased + accepted);
  assertEqual(1, await relay.publish());
  assertEqual(1, await relay.deliver());
}

async function runTenJobs({ relay, agent, post }: Setup): Promise<void> {
  assertEqual(JOBS_PER_POLL, countOf(202, (await post(BATCH, { jobs: submissions(JOBS_PER_POLL) })).json.items));
  assertEqual(JOBS_PER_POLL, (await agent.poll(JOBS_PER_POLL)).leased);
  assertEqual(JOBS_PER_POLL, (await agent.poll(0)).accepted);
  assertEqual(JOBS_PER_POLL, await relay.publish());
  assertEqual(JOBS_PER_POLL, await relay.deliver());
}

/** Passes one minute with one poll, which is the longest poll interval. */
async function idleMinute({ world }: MeteredRelay, agent: Agent): Promise<void> {
  world.passSeconds(60);
  const { leased, nextPollSeconds } = await agent.poll(1);
  assertEqual(0, leased);
  assertEqual(60, nextPollSeconds);
}

async function times(count: number, run: () => Promise<unknown>): Promise<void> {
  for (let index = 0; index < count; index += 1) await run();
}

function countOf(status: number, items: readonly { readonly status: number }[]): number {
  return items.filter((item) => item.status === status).length;
}

/** Throws if an operation did not do its work, because its cost would then mean nothing. */
function assertEqual(expected: number, found: number): void {
  if (found !== expected) throw new Error(`Expected ${expected}, found ${found}.`);
}
