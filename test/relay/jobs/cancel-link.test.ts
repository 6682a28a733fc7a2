// Canceling a job: it ends exactly once, even when an agent or the sweep changes it at the same time.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { publishEvents } from '../../../lib/relay/delivery/publish-event.ts';
import { DependencyUnavailable, type JobStore } from '../../../lib/relay/model/ports.ts';
import type { Job } from '../../../lib/relay/model/records.ts';
import { jwsFor, leaseOne } from '../../support/relay/evidence-samples.ts';
import {
  ACCOUNT,
  AGENT_ID,
  DAY,
  holdOf,
  MINUTE,
  NOW,
  sampleAccount,
  sampleEndpoint,
  sampleLease,
  sampleResult,
} from '../../support/relay/samples.ts';
import {
  bytesOf,
  createWorld,
  type Partner,
  plainRequest,
  sampleSubmission,
  type World,
} from '../../support/relay/world.ts';
import { makePartnerOf, PARTNER_WAYS } from '../../support/signing/partner-ways.ts';

const WINDOW = '2026-11';
const LEASE = sampleLease({ agentId: AGENT_ID, leaseUntil: NOW + MINUTE, nowMs: NOW });
const UNKNOWN_JOB_ID = `job_${'a'.repeat(52)}`;

async function submitted() {
  const world = await createWorld();
  const { jobId } = (await world.submit(sampleSubmission())).json;
  const find = async () => {
    const job = await world.ports.jobs.find(jobId);
    if (!job) throw new Error('The job does not exist.');
    return job;
  };
  return { world, jobId: jobId as string, find };
}

const cancel = (world: World, jobId: string, by: Partner = world.partner) =>
  world.ask(world.signedByPartner('POST', '/api/links/cancel', { jobId }, by));
const remove = (world: World, jobId: string, by: Partner = world.deletingPartner) =>
  world.ask(world.signedByPartner('DELETE', `/api/links/${jobId}`, undefined, by));
const used = (world: World) => world.ports.quota.used(ACCOUNT.accountId, WINDOW);
const ends = (world: World) => world.namesOfEvents().filter((name) => name === 'job.ended').length;

/** Changes the job between the read and the write of a cancel, in the first `times` tries. */
function raceWith(world: World, change: (jobs: JobStore, job: Job) => Promise<unknown>, times = 1): void {
  const { jobs } = world.ports;
  let left = times;
  world.ports.jobs = {
    ...jobs,
    async end(job, end) {
      if (left > 0) await change(jobs, job);
      left -= 1;
      return jobs.end(job, end);
    },
  };
}

describe.each([
  ['POST /api/links/cancel', cancel],
  ['DELETE /api/links/{jobId}', remove],
] as const)('%s', (_route, end) => {
  it('cancels a job that no agent has leased, and returns it', async () => {
    const { world, jobId, find } = await submitted();
    world.passSeconds(3);
    const { status, json } = await end(world, jobId);
    expect([status, json]).toMatchObject([200, { jobId, state: 'canceled', updatedAt: '2026-11-22T12:00:03.250Z' }]);
    expect(await find()).toMatchObject({ state: 'canceled', endReason: 'partner_asked', fence: 0 });
    expect((await find()).dueAt).toBeUndefined();
    expect(world.events.at(-1)).toMatchObject({
      event: 'job.ended',
      jobId,
      state: 'canceled',
      reason: 'partner_asked',
    });
  });

  it('answers a second cancel with the same job, logs one event and refunds one unit', async () => {
    const { world, jobId, find } = await submitted();
    const first = await end(world, jobId);
    const current = await find();
    world.passSeconds(60);
    const second = await end(world, jobId);
    expect([second.status, second.json]).toEqual([200, first.json]);
    expect(await find()).toEqual(current);
    expect([ends(world), used(world)]).toEqual([1, 0]);
  });

  it.each(['completed', 'failed', 'expired'] as const)('refuses to cancel a job that is %s', async (state) => {
    const { world, jobId, find } = await submitted();
    await finish(world, await find(), state);
    const current = await find();
    const { status, json } = await end(world, jobId);
    expect([status, json.code, json.retryable]).toEqual([409, 'job_finished', false]);
    expect(json.detail).toContain(`it is ${state}.`);
    expect(await find()).toEqual(current);
    expect([ends(world), used(world)]).toEqual([0, 1]);
  });

  it('answers for another account’s job exactly as for a job that does not exist, and changes nothing', async () => {
    const { world, jobId, find } = await submitted();
    const account = sampleAccount();
    await world.putAccount(account);
    const stranger = await world.makePartner(account.accountId, 'rfc9421');
    const answers = [];
    for (const id of [jobId, UNKNOWN_JOB_ID]) {
      const { status, headers, json } = await end(world, id, stranger);
      answers.push({ status, headers, json: { ...json, requestId: '' } });
    }
    expect(answers[0]).toEqual(answers[1]);
    expect(answers[0]).toMatchObject({ status: 404, json: { code: 'not_found' } });
    expect(await find()).toMatchObject({ state: 'queued' });
  });

  it('answers not_found after 30 days, even if the row still exists', async () => {
    const { world, jobId, find } = await submitted();
    world.time.nowMs = NOW + 30 * DAY;
    expect((await end(world, jobId)).json.code).toBe('not_found');
    expect(await find()).toMatchObject({ state: 'queued' });
  });

  it('ends the job once and refunds one unit when ten cancels arrive at once', async () => {
    const { world, jobId } = await submitted();
    await world.submit(sampleSubmission());
    const answers = await Promise.all(Array.from({ length: 10 }, () => end(world, jobId)));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 200));
    expect([ends(world), used(world)]).toEqual([1, 1]);
  });
});

async function finish(world: World, job: Job, state: 'completed' | 'failed' | 'expired'): Promise<void> {
  const { jobs } = world.ports;
  if (state !== 'completed') {
    await jobs.end(job, { state, reason: 'because', nowMs: NOW });
    return;
  }
  await jobs.lease(job, LEASE);
  await jobs.complete(holdOf({ ...job, fence: 1 }), { result: sampleResult(), evidenceSha256: 'sha', nowMs: NOW });
}

describe('canceling a leased job', () => {
  it('takes the lease from the agent: it cannot renew, its result is rejected and the pointer is deleted', async () => {
    const world = await createWorld();
    const leased = await leaseOne(world);
    expect((await cancel(world, leased.lease.jobId)).json.state).toBe('canceled');
    expect((await world.pull({ renew: [leased.lease] })).json.renewed).toEqual([]);
    const report = await world.pull({ results: [{ lease: leased.lease, jws: jwsFor(world, leased) }] });
    expect(report.json.rejected).toEqual([{ jobId: leased.lease.jobId, code: 'lease_lost' }]);
    world.passSeconds(140);
    expect((await world.pull({ want: 1 })).json.jobs).toEqual([]);
    expect(world.ports.queues.hiddenSeconds(world.pool)).toEqual([]);
    expect(await world.ports.jobs.find(leased.lease.jobId)).toMatchObject({ state: 'canceled' });
  });

  it('refunds no unit, even if the agent has released the lease', async () => {
    for (const isReleased of [false, true]) {
      const world = await createWorld();
      const { lease } = await leaseOne(world);
      if (isReleased) await world.pull({ release: [lease] });
      const before = used(world);
      expect((await cancel(world, lease.jobId)).status).toBe(200);
      expect(used(world)).toBe(before);
    }
  });
});

describe('the refund of a canceled job', () => {
  it('is not made once the job’s month is over', async () => {
    const { world, jobId } = await submitted();
    const account = { ...ACCOUNT, jobDeadlineSeconds: 30 * 24 * 3600 };
    await world.putAccount(account);
    world.time.nowMs = Date.parse('2026-12-01T00:00:00.000Z');
    expect((await cancel(world, jobId)).status).toBe(200);
    expect(used(world)).toBe(1);
  });

  it('is made until the last millisecond of the job’s month', async () => {
    const { world, jobId } = await submitted();
    world.time.nowMs = Date.parse('2026-11-30T23:59:59.999Z');
    await cancel(world, jobId);
    expect(used(world)).toBe(0);
  });

  it('may fail: the job stays canceled and the failure is logged', async () => {
    const { world, jobId, find } = await submitted();
    const refund = () => Promise.reject(new DependencyUnavailable('DynamoDB', { cause: new Error('down') }));
    world.ports.quota = { ...world.ports.quota, refund };
    expect((await cancel(world, jobId)).status).toBe(200);
    expect(await find()).toMatchObject({ state: 'canceled' });
    expect(world.events.at(-1)).toMatchObject({ event: 'dependency.failed', where: 'quota' });
  });

  it('is not made if the cancel itself fails', async () => {
    const { world, jobId } = await submitted();
    const end = () => Promise.reject(new DependencyUnavailable('DynamoDB', { cause: new Error('down') }));
    world.ports.jobs = { ...world.ports.jobs, end };
    expect((await cancel(world, jobId)).json.code).toBe('dependency_unavailable');
    expect(used(world)).toBe(1);
  });
});

describe('a cancel that races with another change', () => {
  it('cancels the job without a refund if an agent leased it first', async () => {
    const { world, jobId, find } = await submitted();
    raceWith(world, (jobs, job) => jobs.lease(job, LEASE));
    expect((await cancel(world, jobId)).json).toMatchObject({ state: 'canceled', attempts: 1 });
    expect(await find()).toMatchObject({ state: 'canceled', fence: 1 });
    expect(used(world)).toBe(1);
  });

  it('answers job_finished if the job was completed first', async () => {
    const { world, jobId } = await submitted();
    raceWith(world, (_, job) => finish(world, job, 'completed'));
    expect((await cancel(world, jobId)).json.code).toBe('job_finished');
  });

  it('succeeds without a second event or refund if the job was canceled first', async () => {
    const { world, jobId } = await submitted();
    raceWith(world, (jobs, job) => jobs.end(job, { state: 'canceled', reason: 'partner_asked', nowMs: NOW }));
    expect((await cancel(world, jobId)).json.state).toBe('canceled');
    expect([ends(world), used(world)]).toEqual([0, 1]);
  });

  it('succeeds after three lost races and answers a retryable 503 after four', async () => {
    for (const [times, status] of [
      [3, 200],
      [4, 503],
    ] as const) {
      const { world, jobId } = await submitted();
      raceWith(world, (jobs, job) => jobs.moveDue(job, { dueAt: (job.dueAt ?? NOW) + 1, resends: 0 }), times);
      const answer = await cancel(world, jobId);
      expect(answer.status).toBe(status);
      if (status === 503) expect(answer).toMatchObject({ headers: { 'retry-after': '1' }, json: { retryable: true } });
    }
  });

  it('answers not_found if the job was deleted first', async () => {
    const { world, jobId } = await submitted();
    world.ports.jobs = { ...world.ports.jobs, end: async () => ({ done: false, job: undefined }) };
    expect((await cancel(world, jobId)).json.code).toBe('not_found');
  });
});

it('publishes exactly one event for a canceled job', async () => {
  const { world, jobId, find } = await submitted();
  await world.ports.registry.putEndpoint(sampleEndpoint());
  await cancel(world, jobId);
  await publishEvents(world.ports, [await find()]);
  const [{ delivery } = { delivery: undefined }, ...others] = world.ports.deliveries.sent;
  expect(others).toEqual([]);
  expect(delivery?.eventType).toBe('link.canceled');
  expect(JSON.parse(delivery?.body ?? '')).toMatchObject({ data: { job: { jobId, state: 'canceled' } } });
});

describe('the body of a cancel', () => {
  it.each<[string, unknown, string]>([
    ['no job id', {}, '/jobId'],
    ['a malformed job id', { jobId: 'job_1' }, '/jobId'],
    ['a job id in an array', { jobId: [UNKNOWN_JOB_ID] }, '/jobId'],
    ['an extra field', { jobId: UNKNOWN_JOB_ID, reason: 'late' }, '/reason'],
    ['a submission', sampleSubmission(), '/jobId'],
  ])('is refused with %s, and the error names the field', async (_what, body, path) => {
    const world = await createWorld();
    const { status, json } = await world.ask(world.signedByPartner('POST', '/api/links/cancel', body));
    expect([status, json.code]).toEqual([422, 'validation_failed']);
    expect(json.errors.map((error: { path: string }) => error.path)).toContain(path);
  });

  it('is refused by every other route', async () => {
    const world = await createWorld();
    const request = world.signedByPartner('POST', '/api/links/fetch', { jobId: UNKNOWN_JOB_ID });
    expect((await world.ask(request)).json.code).toBe('validation_failed');
    expect((await world.ask(world.signedByAgent({ jobId: UNKNOWN_JOB_ID }))).json.code).toBe('validation_failed');
  });
});

describe('the path of a DELETE', () => {
  it.each(['job_none', `job_${'a'.repeat(51)}`, 'x'.repeat(4_000)])(
    'reads no row for the malformed id %s',
    async (jobId) => {
      const world = await createWorld();
      world.ports.jobs = { ...world.ports.jobs, find: () => Promise.reject(new Error('a row was read')) };
      expect((await remove(world, jobId)).json.code).toBe('not_found');
    },
  );

  it('treats /api/links/cancel as the cancel route and never as a job id', async () => {
    const world = await createWorld();
    for (const method of ['GET', 'DELETE'])
      expect(await world.ask(plainRequest({ method, path: '/api/links/cancel' }))).toMatchObject({
        status: 405,
        headers: { allow: 'POST' },
      });
  });

  it('refuses a request with a body', async () => {
    const { world, jobId } = await submitted();
    const request = world.signedByPartner('DELETE', `/api/links/${jobId}`, {});
    expect((await world.ask(request)).json.code).toBe('body_too_large');
  });
});

describe.each(PARTNER_WAYS)('under $name', (way) => {
  const isBound = way.bindsMethodAndPath;

  it('accepts a cancel that names the job in its body, and refuses its replay', async () => {
    const { world, jobId } = await submitted();
    const partner = await makePartnerOf(world, way);
    const request = world.signed(
      plainRequest({ method: 'POST', path: '/api/links/cancel', body: bytesOf({ jobId }) }),
      partner,
    );
    expect([(await world.ask(request)).status, (await world.ask(request)).json.code]).toEqual([200, 'nonce_replayed']);
  });

  it(`${isBound ? 'accepts a DELETE' : 'refuses a DELETE without a claim, unless the key allows it'}`, async () => {
    const { world, jobId, find } = await submitted();
    const partner = await makePartnerOf(world, way);
    const request = () => world.signed(plainRequest({ method: 'DELETE', path: `/api/links/${jobId}` }), partner);
    if (!isBound) {
      const spent = world.ports.oneTimeValues.count();
      const { json } = await world.ask(request());
      expect([json.code, json.detail]).toEqual(['not_permitted', expect.stringContaining('POST /api/links/cancel')]);
      expect([world.ports.oneTimeValues.count(), (await find()).state]).toEqual([spent, 'queued']);
      await world.ports.registry.putKey({ ...partner.key, allowUnboundDelete: true });
    }
    const signed = request();
    expect([(await world.ask(signed)).status, (await world.ask(signed)).json.code]).toEqual([200, 'nonce_replayed']);
    expect((await find()).state).toBe('canceled');
  });
});

describe('in any order of changes', () => {
  type Step = 'lease' | 'release' | 'complete' | 'expire' | 'cancel' | 'wait';

  it('ends a job once, and refunds its unit exactly when it was canceled before any lease', async () => {
    const step = fc.constantFrom<Step[]>('lease', 'release', 'complete', 'expire', 'cancel', 'wait');
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 8 }), async (steps) => {
        const { world, jobId, find } = await submitted();
        let wasLeased = false;
        let end: string | undefined;
        for (const next of steps) {
          await apply(world, jobId, await find(), next);
          const { state, fence } = await find();
          wasLeased ||= fence > 0;
          if (end !== undefined) expect(state).toBe(end);
          else if (state !== 'queued' && state !== 'leased') end = state;
        }
        expect(used(world)).toBe(end === 'canceled' && !wasLeased ? 0 : 1);
        expect(ends(world)).toBe(end === 'canceled' ? 1 : 0);
      }),
    );
  });

  async function apply(world: World, jobId: string, job: Job, step: Step): Promise<void> {
    const { jobs } = world.ports;
    const { nowMs } = world.time;
    const hold = holdOf(job);
    if (step === 'wait') world.passSeconds(90);
    if (step === 'lease') await jobs.lease(job, { ...LEASE, nowMs, leaseUntil: nowMs + MINUTE });
    if (step === 'release') await jobs.release(hold, nowMs);
    if (step === 'complete') await jobs.complete(hold, { result: sampleResult(), evidenceSha256: 'sha', nowMs });
    if (step === 'expire' && job.dueAt) await jobs.end(job, { state: 'expired', reason: 'deadline_passed', nowMs });
    if (step !== 'cancel') return;
    const ended = job.state === 'completed' || job.state === 'expired';
    expect((await cancel(world, jobId)).status).toBe(ended ? 409 : 200);
  }
});
