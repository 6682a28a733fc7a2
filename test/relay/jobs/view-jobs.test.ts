// Pending reasons: a queued job tells its partner, and only its partner, why it waits. The cost is one read of the agents.
import { describe, expect, it } from 'vitest';
import type { JobState } from '../../../lib/protocol/messages.ts';
import { DependencyUnavailable } from '../../../lib/relay/model/ports.ts';
import {
  holdOf,
  MINUTE,
  NOW,
  SECOND,
  sampleAccount,
  sampleJob,
  sampleLease,
  sampleResult,
} from '../../support/relay/samples.ts';
import { createWorld, type Partner, sampleSubmission, type World } from '../../support/relay/world.ts';

/** Submits a job to the pool and returns its pending reason, which a single read and a list must agree on. */
async function reasonOf(world: World, { pool = 'default', by = world.partner }: { pool?: string; by?: Partner } = {}) {
  const { jobId } = (await world.submit(sampleSubmission({ pool }), by)).json;
  const { json } = await world.get(`/api/links/${jobId}`, by);
  const listed = (await world.get('/api/links', by)).json.jobs.find((job: typeof json) => job.jobId === jobId);
  expect(listed).toEqual(json);
  return json.pendingReason;
}

/** Records each later read of an account's agents. */
function watchReads(world: World): string[] {
  const reads: string[] = [];
  const { presence } = world.ports;
  const list: typeof presence.list = (accountId) => {
    reads.push(accountId);
    return presence.list(accountId);
  };
  world.ports.presence = { ...presence, list };
  return reads;
}

async function inState(world: World, state: JobState): Promise<string> {
  const job = sampleJob();
  const { jobs } = world.ports;
  await jobs.create(job, NOW);
  const agentId = world.agent.key.keyId;
  const lease = sampleLease({ agentId, nowMs: NOW, leaseUntil: NOW + MINUTE });
  if (state === 'leased' || state === 'completed') await jobs.lease(job, lease);
  if (state === 'completed')
    await jobs.complete(holdOf({ ...job, fence: 1 }, agentId), {
      result: sampleResult(),
      evidenceSha256: '',
      nowMs: NOW,
    });
  if (state === 'canceled' || state === 'expired' || state === 'failed')
    await jobs.end(job, { state, reason: 'so_it_goes', nowMs: NOW });
  return job.jobId;
}

describe('a queued job waits because', () => {
  it('its account has no agent, even if other accounts have agents', async () => {
    const world = await createWorld();
    await world.pull();
    const account = sampleAccount();
    await world.putAccount(account);
    expect(await reasonOf(world, { by: await world.makePartner(account.accountId) })).toBe('no_agent_enrolled');
  });

  it('its account’s only agent was revoked', async () => {
    const world = await createWorld();
    await world.pull();
    world.ports.presence.setAgentState(world.agent.key, 'revoked');
    expect(await reasonOf(world)).toBe('no_agent_enrolled');
  });

  it('no agent is in its pool', async () => {
    const world = await createWorld();
    await world.pull();
    expect(await reasonOf(world, { pool: 'second' })).toBe('no_agent_in_pool');
  });

  it('no agent of its pool has polled for more than twelve minutes', async () => {
    const world = await createWorld();
    expect(await reasonOf(world)).toBe('no_agent_online');
    await world.pull();
    world.passSeconds(12 * 60);
    expect(await reasonOf(world)).toBe('next_poll');
    world.passSeconds(1);
    expect(await reasonOf(world)).toBe('no_agent_online');
    await world.pull();
    expect(await reasonOf(world)).toBe('next_poll');
  });

  it('the agents are paused, even if they poll', async () => {
    const world = await createWorld();
    world.ports.presence.setAgentState(world.agent.key, 'paused');
    await world.pull();
    expect(await reasonOf(world)).toBe('agents_paused');
    const other = await world.makeAgent(2);
    await world.pull({}, other);
    expect(await reasonOf(world)).toBe('next_poll');
  });
});

describe('an agent of the pool', () => {
  it('that is online and idle takes the job at its next poll, and is not called busy', async () => {
    const world = await createWorld();
    await world.pull();
    expect(await reasonOf(world)).toBe('next_poll');
  });

  it('is busy while the list shows four live leases of it', async () => {
    const world = await createWorld();
    for (let count = 0; count < 4; count += 1) await world.submit(sampleSubmission());
    await world.pull({ want: 3 });
    const { jobId } = (await world.submit(sampleSubmission())).json;
    const listed = async () =>
      (await world.get('/api/links')).json.jobs.find((job: { jobId: string }) => job.jobId === jobId).pendingReason;
    expect(await listed()).toBe('next_poll');
    await world.pull({ want: 1 });
    expect(await listed()).toBe('agents_busy');
    world.passSeconds(120);
    expect(await listed()).toBe('next_poll');
  });
});

describe('the cost of pending reasons', () => {
  it('is one read of the account’s agents for a queued job, and one for a page with any number of them', async () => {
    const world = await createWorld();
    const queued = await inState(world, 'queued');
    for (const state of ['queued', 'leased', 'completed'] as const) await inState(world, state);
    const reads = watchReads(world);
    await world.get(`/api/links/${queued}`);
    expect(reads).toEqual([world.pool.accountId]);
    const { jobs } = (await world.get('/api/links')).json;
    expect(jobs.map((job: { pendingReason?: string }) => job.pendingReason ?? '').toSorted()).toEqual([
      '',
      '',
      'no_agent_online',
      'no_agent_online',
    ]);
    expect(reads).toHaveLength(2);
  });

  it.each(['leased', 'completed', 'canceled', 'expired', 'failed'] as const)(
    'is nothing for a job that is %s, because it has no reason',
    async (state) => {
      const world = await createWorld();
      const jobId = await inState(world, state);
      const reads = watchReads(world);
      const { json } = await world.get(`/api/links/${jobId}`);
      expect(json.state).toBe(state);
      expect(json).not.toHaveProperty('pendingReason');
      expect((await world.get('/api/links')).json.jobs).toEqual([json]);
      expect(reads).toEqual([]);
    },
  );

  it('is nothing for another account’s job, which is not found', async () => {
    const world = await createWorld();
    const account = sampleAccount();
    await world.putAccount(account);
    const stranger = await world.makePartner(account.accountId);
    const jobId = await inState(world, 'queued');
    const reads = watchReads(world);
    expect((await world.get(`/api/links/${jobId}`, stranger)).status).toBe(404);
    expect(reads).toEqual([]);
  });

  it('is nothing for submissions, batches, cancels and timelines, because they carry no reason', async () => {
    const world = await createWorld();
    const reads = watchReads(world);
    const body = sampleSubmission();
    const answers = [await world.submit(body), await world.submit(body)];
    const { jobId } = answers[0]?.json ?? {};
    answers.push(
      await world.ask(world.signedByPartner('POST', '/api/links/fetch/batch', { jobs: [body, sampleSubmission()] })),
      await world.get(`/api/links/${jobId}/timeline`),
      await world.ask(world.signedByPartner('POST', '/api/links/cancel', { jobId })),
    );
    expect(answers.map(({ status }) => status)).toEqual([202, 200, 200, 200, 200]);
    for (const { text } of answers) expect(text).not.toContain('pendingReason');
    expect(reads).toEqual([]);
  });

  it('is nothing for a pull, because an agent gets no reason', async () => {
    const world = await createWorld();
    await world.submit(sampleSubmission());
    const reads = watchReads(world);
    const { json, text } = await world.pull({ want: 1 });
    expect(json.jobs).toHaveLength(1);
    expect(text).not.toContain('pendingReason');
    expect(reads).toEqual([]);
  });
});

it('returns a job without a reason if the agents cannot be read, and logs the failure', async () => {
  const world = await createWorld();
  const { jobId } = (await world.submit(sampleSubmission())).json;
  const { presence } = world.ports;
  const cause = new Error('key AKIA_SECRET was refused');
  const list = () => Promise.reject(new DependencyUnavailable('DynamoDB', { cause }));
  world.ports.presence = { ...presence, list };
  world.passSeconds(SECOND);
  for (const path of [`/api/links/${jobId}`, '/api/links']) {
    world.events.length = 0;
    const { status, json } = await world.get(path);
    expect([status, (json.jobs?.[0] ?? json).state]).toEqual([200, 'queued']);
    expect(json.jobs?.[0] ?? json).not.toHaveProperty('pendingReason');
    expect(world.events).toEqual([
      {
        event: 'dependency.failed',
        where: 'presence',
        reason: 'DependencyUnavailable: DynamoDB did not answer as it should: Error',
      },
    ]);
  }
});
