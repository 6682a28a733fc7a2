// Does everything that docs/reference.md names a cost of, once, and reads the meter each time.
import type { MeterReading } from '../../lib/local/cloud/meter/meter.ts';
import { REPEAT_HEADER } from '../../lib/protocol/http-message.ts';
import type { LeasedJob, PullResponse } from '../../lib/protocol/messages.ts';
import type { IncomingRequest } from '../../lib/relay/http/request-pipeline.ts';
import { ACCOUNT } from '../support/relay/samples.ts';
import { type Partner, withHeaders } from '../support/relay/world.ts';
import { type MeteredRelay, startMeteredRelay } from './metered-relay.ts';
import { createAgent, submissions } from './reference-job.ts';

/** As many as a poll takes. */
export const TOGETHER = 10;

const SUBMIT = '/api/links/fetch';
const BATCH = '/api/links/fetch/batch';
const CANCEL = '/api/links/cancel';
const LIST = '/api/links';
const HOUR_MINUTES = 60;

type Agent = ReturnType<typeof createAgent>;

interface Stage {
  readonly relay: MeteredRelay;
  readonly agent: Agent;
  /** In a pool that has no work. */
  readonly idler: Agent;
  readonly signer: Partner;
  readonly hundred: ReturnType<typeof submissions>;
  readonly endedJobId: string;
  readonly post: (path: string, json: unknown) => Promise<Awaited<ReturnType<MeteredRelay['ask']>>>;
  readonly get: (path: string, by?: Partner) => Promise<Awaited<ReturnType<MeteredRelay['ask']>>>;
}

export type Costs = Readonly<Record<keyof typeof MEASURES, MeterReading>>;

export async function measureCosts(): Promise<Costs> {
  const relay = await startMeteredRelay();
  try {
    const stage = await warmUp(relay);
    const costs: Partial<Record<keyof typeof MEASURES, MeterReading>> = {};
    for (const [what, measure] of Object.entries(MEASURES)) costs[what as keyof typeof MEASURES] = await measure(stage);
    return costs as Costs;
  } finally {
    await relay.stop();
  }
}

/** Every function has read the rows that it keeps, the month and the minute have begun, and the agent was seen. */
async function warmUp(relay: MeteredRelay): Promise<Stage> {
  const { world, ask } = relay;
  const signer = await world.makeEd25519Partner(ACCOUNT.accountId);
  const stage: Stage = {
    relay,
    agent: createAgent(relay, world.agent),
    idler: createAgent(relay, await relay.enroll(await world.makeAgent(2, { pool: 'second' }))),
    signer,
    hundred: submissions(100),
    endedJobId: '',
    post: (path, json) => ask(world.signedByPartner('POST', path, json)),
    get: (path, by) => ask(world.signedByPartner('GET', path, undefined, by)),
  };
  await stage.get(LIST, signer);
  return { ...stage, endedJobId: await live(stage) };
}

/** One job from its submission to its webhook, each step when the one before is done. */
async function live({ relay, agent, post }: Stage): Promise<string> {
  const { status, json } = await post(SUBMIT, submissions(1)[0]);
  mustBe(202, status);
  mustBe(1, (await agent.poll(1)).taken);
  mustBe(1, (await agent.poll(0)).accepted);
  mustBe(1, await relay.publish());
  mustBe(1, await relay.deliver());
  return json.jobId;
}

/** In this order: while the lives are measured nothing else may wait in the queue, and what passes the time is last. */
const MEASURES = {
  lifeAlone: (stage: Stage) => stage.relay.costOf(() => live(stage)),
  lifeInTens: (stage: Stage) => stage.relay.costOf(() => liveInTens(stage)),
  lifeInFlow: async (stage: Stage) => {
    await stage.post(SUBMIT, submissions(1)[0]);
    mustBe(1, (await stage.agent.poll(1)).taken);
    return stage.relay.costOf(() => liveInFlow(stage));
  },
  lease: (stage: Stage) => withLease(stage, async ({ takeOne }) => stage.relay.costOf(takeOne)),
  repeatedPull: (stage: Stage) =>
    withLease(stage, async ({ takeOne }) => {
      const again = withHeaders(await takeOne(), { [REPEAT_HEADER]: '1' });
      return stage.relay.costOf(async () => mustBe(1, (await stage.relay.ask(again)).json.jobs.length));
    }),
  renew: (stage: Stage) =>
    withLease(stage, async ({ takeOne, leased }) => {
      await takeOne();
      return stage.relay.costOf(async () => mustBe(1, (await tell(stage, { renew: [leased().lease] })).renewed.length));
    }),
  release: (stage: Stage) =>
    withLease(stage, async ({ takeOne, leased }) => {
      await takeOne();
      const cost = await stage.relay.costOf(() => tell(stage, { release: [leased().lease] }));
      await takeOne();
      return cost;
    }),
  report: (stage: Stage) =>
    withLease(stage, async ({ takeOne, report }) => {
      await takeOne();
      return stage.relay.costOf(report);
    }),
  leaseBehindStale: async (stage: Stage) => {
    const { post, hundred } = stage;
    const { items } = (await post(BATCH, { jobs: hundred.map(asStale) })).json;
    for (const { job } of items) mustBe(200, (await post(CANCEL, { jobId: job.jobId })).status);
    return withLease(stage, async ({ takeOne }) => stage.relay.costOf(takeOne));
  },
  submit: ({ relay, post }: Stage) =>
    relay.costOf(async () => mustBe(202, (await post(SUBMIT, submissions(1)[0])).status)),
  repeat: async ({ relay, post }: Stage) => {
    const [submission] = submissions(1);
    await post(SUBMIT, submission);
    return relay.costOf(async () => mustBe(200, (await post(SUBMIT, submission)).status));
  },
  readEnded: async ({ relay, get, endedJobId }: Stage) =>
    relay.costOf(async () => mustBe(200, (await get(`${LIST}/${endedJobId}`)).status)),
  readWithoutClaim: async ({ relay, get, signer, endedJobId }: Stage) =>
    relay.costOf(async () => mustBe(200, (await get(`${LIST}/${endedJobId}`, signer)).status)),
  readWaiting: async ({ relay, post, get }: Stage) => {
    const { jobId } = (await post(SUBMIT, submissions(1)[0])).json;
    return relay.costOf(async () => mustBe(200, (await get(`${LIST}/${jobId}`)).status));
  },
  cancel: async ({ relay, post }: Stage) => {
    const { jobId } = (await post(SUBMIT, submissions(1)[0])).json;
    return relay.costOf(async () => mustBe(200, (await post(CANCEL, { jobId })).status));
  },
  batchOf100: ({ relay, post, hundred }: Stage) =>
    relay.costOf(async () => mustBe(100, countOf(202, (await post(BATCH, { jobs: hundred })).json.items))),
  repeatedBatchOf100: ({ relay, post, hundred }: Stage) =>
    relay.costOf(async () => mustBe(100, countOf(200, (await post(BATCH, { jobs: hundred })).json.items))),
  listPage: ({ relay, get }: Stage) => relay.costOf(async () => mustBe(50, (await get(LIST)).json.jobs.length)),
  idleHour: async ({ relay, idler }: Stage) => {
    await idler.poll(1);
    relay.world.passSeconds(HOUR_MINUTES * 60);
    await idler.poll(1);
    return relay.costOf(() => times(HOUR_MINUTES, () => idleMinute(relay, idler)));
  },
  sweepOf100: async ({ relay, post }: Stage) => {
    // All that still waits goes out, and is due again only in some minutes.
    await relay.sweep();
    mustBe(100, countOf(202, (await post(BATCH, { jobs: submissions(100) })).json.items));
    relay.world.passSeconds(40);
    return relay.costOf(async () => mustBe(100, await relay.sweep()));
  },
} as const satisfies Record<string, (stage: Stage) => Promise<MeterReading>>;

/** The same job under another idempotency key. */
const asStale = (submission: Stage['hundred'][number]) => ({
  ...submission,
  idempotencyKey: `stale-${submission.idempotencyKey}`,
});

interface OneLease {
  /** Takes the one job that waits; gives the request, to be sent again. */
  readonly takeOne: () => Promise<IncomingRequest>;
  readonly leased: () => LeasedJob;
  readonly report: () => Promise<void>;
}

/** With one job that waits, and none afterwards. */
async function withLease(stage: Stage, act: (one: OneLease) => Promise<MeterReading>): Promise<MeterReading> {
  const { relay, agent, post } = stage;
  mustBe(202, (await post(SUBMIT, submissions(1)[0])).status);
  const taken: LeasedJob[] = [];
  const leased = () => {
    const last = taken.at(-1);
    if (!last) throw new Error('No job was leased.');
    return last;
  };
  const takeOne = async () => {
    const request = agent.sign({ want: 1 });
    const { json } = await relay.ask(request);
    mustBe(1, json.jobs.length);
    taken.push(...json.jobs);
    return request;
  };
  let isReported = false;
  const report = async () => {
    if (!isReported) mustBe(1, (await tell(stage, { results: [agent.reportOf(leased())] })).accepted.length);
    isReported = true;
  };
  const cost = await act({ takeOne, leased, report });
  await report();
  return cost;
}

async function tell({ relay, agent }: Stage, input: object): Promise<PullResponse> {
  const { status, json } = await relay.ask(agent.sign(input));
  mustBe(200, status);
  return json;
}

/** The poll that takes this job brings the result of the one before. */
async function liveInFlow({ relay, agent, post }: Stage): Promise<void> {
  mustBe(202, (await post(SUBMIT, submissions(1)[0])).status);
  const { taken, accepted } = await agent.poll(1);
  mustBe(2, taken + accepted);
  mustBe(1, await relay.publish());
  mustBe(1, await relay.deliver());
}

async function liveInTens({ relay, agent, post }: Stage): Promise<void> {
  mustBe(TOGETHER, countOf(202, (await post(BATCH, { jobs: submissions(TOGETHER) })).json.items));
  mustBe(TOGETHER, (await agent.poll(TOGETHER)).taken);
  mustBe(TOGETHER, (await agent.poll(0)).accepted);
  mustBe(TOGETHER, await relay.publish());
  mustBe(TOGETHER, await relay.deliver());
}

/** As an agent that has had no work for long is told to come back. */
async function idleMinute({ world }: MeteredRelay, agent: Agent): Promise<void> {
  world.passSeconds(60);
  const { taken, nextPollSeconds } = await agent.poll(1);
  mustBe(0, taken);
  mustBe(60, nextPollSeconds);
}

async function times(count: number, act: () => Promise<unknown>): Promise<void> {
  for (let done = 0; done < count; done += 1) await act();
}

function countOf(status: number, items: readonly { readonly status: number }[]): number {
  return items.filter((item) => item.status === status).length;
}

/** A price is only worth reading when what was paid for was done. */
function mustBe(expected: number, found: number): void {
  if (found !== expected) throw new Error(`${found} where ${expected} was to be.`);
}
