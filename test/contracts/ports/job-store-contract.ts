// The contract of job stores: one change of state wins, and only if its conditions hold.
import { describe, expect, it } from 'vitest';
import type { JobStore } from '../../../lib/relay/model/ports.ts';
import type { Job } from '../../../lib/relay/model/records.ts';
import {
  AGENT_ID,
  DAY,
  HOUR,
  holdOf,
  MINUTE,
  NOW,
  SECOND,
  sampleJob,
  sampleLease,
  sampleResult,
} from '../../support/relay/samples.ts';

const LEASE = sampleLease();

/** Describes the tests that every job store must pass. */
export function describeJobStoreContract(makeStore: () => JobStore): void {
  async function created(overrides: Partial<Job> = {}) {
    const store = makeStore();
    const job = sampleJob(overrides);
    expect(await store.create(job, NOW)).toEqual({ done: true, job });
    return { store, job };
  }

  async function leased(overrides: Partial<Job> = {}) {
    const { store, job } = await created(overrides);
    const change = await store.lease(job, LEASE);
    if (!change.done) throw new Error('The job was not leased.');
    return { store, job: change.job, hold: holdOf(change.job) };
  }

  describe('create and find', () => {
    it('returns a job as it was created, for any numbers and names in its metadata', async () => {
      const metadata = {
        big: Number('12345678901234567890'),
        huge: 1e300,
        tiny: 5e-324,
        nested: [{ '': null }],
        'a.b#c': true,
      };
      const submission = { ...sampleJob().submission, metadata, context: { userAgent: 'Mozilla/5.0 “ü”' } };
      const { store, job } = await created({ submission });
      expect(await store.find(job.jobId)).toEqual(job);
    });

    it('finds nothing under an unused id', async () => {
      expect(await makeStore().find(sampleJob().jobId)).toBeUndefined();
    });

    it('finds the existing jobs among many ids', async () => {
      const { store, job } = await created();
      const other = sampleJob();
      await store.create(other, NOW);
      const missing = Array.from({ length: 98 }, () => sampleJob().jobId);
      const found = await store.findMany([...missing, job.jobId, other.jobId]);
      expect(found).toHaveLength(2);
      expect(found).toEqual(expect.arrayContaining([job, other]));
      expect(await store.findMany([])).toEqual([]);
    });

    it('returns an existing job and does not change it', async () => {
      const { store, job } = await created();
      const later = { ...job, createdAt: NOW + 1, fingerprint: 'another' };
      expect(await store.create(later, NOW + 1)).toEqual({ done: false, job });
      expect(await store.find(job.jobId)).toEqual(job);
    });

    it('lets one of 20 concurrent creations win, and returns the winner to the others', async () => {
      const store = makeStore();
      const job = sampleJob();
      const drafts = Array.from({ length: 20 }, (_, index) => ({ ...job, fingerprint: `number ${index}` }));
      const changes = await Promise.all(drafts.map((draft) => store.create(draft, NOW)));
      const winners = changes.filter(({ done }) => done);
      expect(winners).toHaveLength(1);
      for (const change of changes) expect(change.job).toEqual(winners[0]?.job);
    });

    it('treats an expired job as absent, even if its row still exists', async () => {
      const { store, job } = await created();
      const successor = { ...job, createdAt: NOW + 31 * DAY, updatedAt: NOW + 31 * DAY };
      expect(await store.create(successor, NOW + 30 * DAY - 2 * SECOND)).toEqual({ done: false, job });
      expect(await store.create(successor, NOW + 31 * DAY)).toEqual({ done: true, job: successor });
    });

    it.each([0, 1, 999])(
      'treats a job as absent from the millisecond of its expiry (created %i ms into a second)',
      async (ms) => {
        const store = makeStore();
        const job = sampleJob({ createdAt: NOW + ms });
        await store.create(job, NOW);
        const expiresAt = job.createdAt + 30 * DAY;
        const successor = { ...job, createdAt: expiresAt, updatedAt: expiresAt };
        expect(await store.create(successor, expiresAt - 1)).toEqual({ done: false, job });
        expect(await store.create(successor, expiresAt)).toEqual({ done: true, job: successor });
      },
    );
  });

  describe('lease', () => {
    it('leases a queued job, and increments fence and attempts', async () => {
      const { store, job } = await created();
      const leasedJob = {
        ...job,
        state: 'leased',
        leasedBy: AGENT_ID,
        leasedAt: NOW,
        leaseUntil: LEASE.leaseUntil,
        fence: 1,
        attempts: 1,
        updatedAt: NOW,
      };
      expect(await store.lease(job, LEASE)).toEqual({ done: true, job: leasedJob });
      expect(await store.find(job.jobId)).toEqual(leasedJob);
    });

    it('lets one of 20 concurrent leases win', async () => {
      const { store, job } = await created();
      const agents = Array.from({ length: 20 }, (_, index) => ({ ...LEASE, agentId: `agt_${index}` }));
      const changes = await Promise.all(agents.map((lease) => store.lease(job, lease)));
      const winners = changes.filter(({ done }) => done);
      expect(winners).toHaveLength(1);
      expect(await store.find(job.jobId)).toEqual(winners[0]?.job);
      expect(winners[0]?.job?.fence).toBe(1);
    });

    it('leases again with a higher fence when the lease has expired', async () => {
      const { store, job } = await leased();
      const next = { ...LEASE, agentId: 'agt_other', nowMs: LEASE.leaseUntil, leaseUntil: LEASE.leaseUntil + MINUTE };
      const change = await store.lease(job, next);
      expect(change).toMatchObject({ done: true, job: { fence: 2, attempts: 2, leasedBy: 'agt_other' } });
    });

    it('refuses during a live lease, and returns the current job', async () => {
      const { store, job } = await leased();
      const change = await store.lease(job, { ...LEASE, agentId: 'agt_other', nowMs: LEASE.leaseUntil - 1 });
      expect(change).toEqual({ done: false, job });
    });

    it('refuses when the attempts are used up', async () => {
      const { store, job } = await created({ attempts: 5, fence: 7 });
      expect(await store.lease(job, LEASE)).toEqual({ done: false, job });
      expect(await store.lease(job, { ...LEASE, attemptLimit: 6 })).toMatchObject({ done: true, job: { fence: 8 } });
    });

    it('refuses at the deadline, and leases one millisecond before it', async () => {
      const { store, job } = await created();
      expect((await store.lease(job, { ...LEASE, nowMs: job.deadlineAt })).done).toBe(false);
      expect((await store.lease(job, { ...LEASE, nowMs: job.deadlineAt - 1 })).done).toBe(true);
    });

    it('refuses a pointer to another incarnation', async () => {
      const { store, job } = await created();
      const old = { jobId: job.jobId, createdAt: job.createdAt - 31 * DAY };
      expect(await store.lease(old, LEASE)).toEqual({ done: false, job });
    });

    it.each([
      ['account', { accountId: 'other4other4othe' }],
      ['pool', { pool: 'second' }],
    ])('refuses a job of another %s', async (_what, overrides) => {
      const { store, job } = await created(overrides);
      expect(await store.lease(job, LEASE)).toEqual({ done: false, job });
      expect(await store.find(job.jobId)).toEqual(job);
    });

    it('refuses a job that does not exist, and returns none', async () => {
      expect(await makeStore().lease(sampleJob(), LEASE)).toEqual({ done: false, job: undefined });
    });

    it.each(['completed', 'failed', 'expired', 'canceled'] as const)('refuses a job that is %s', async (state) => {
      const { store, job } = await created({ state });
      expect(await store.lease(job, LEASE)).toEqual({ done: false, job });
    });
  });

  /** Holds that each differ from the right one in one field. */
  const wrongHolds = [
    ['an earlier fence', { fence: 0 }],
    ['a later fence', { fence: 2 }],
    ['another agent', { agentId: 'agt_other' }],
    ['another incarnation', { createdAt: NOW - 31 * DAY }],
    ['another account', { accountId: 'other4other4othe' }],
  ] as const;

  describe('renew', () => {
    const renewal = { nowMs: NOW + MINUTE, leaseUntil: NOW + 3 * MINUTE, leasedSince: NOW - 29 * MINUTE };

    it('changes the end of the lease and nothing else', async () => {
      const { store, job, hold } = await leased();
      expect(await store.renew(hold, renewal)).toEqual({ done: true, job: { ...job, leaseUntil: NOW + 3 * MINUTE } });
    });

    it.each(wrongHolds)('refuses %s', async (_what, wrong) => {
      const { store, job, hold } = await leased();
      expect(await store.renew({ ...hold, ...wrong }, renewal)).toEqual({ done: false, job });
    });

    it('refuses a lease that began too long ago', async () => {
      const { store, job, hold } = await leased();
      expect(await store.renew(hold, { ...renewal, leasedSince: NOW + 1 })).toEqual({ done: false, job });
      expect((await store.renew(hold, { ...renewal, leasedSince: NOW })).done).toBe(true);
    });

    it('refuses at the deadline', async () => {
      const { store, hold, job } = await leased();
      expect((await store.renew(hold, { ...renewal, nowMs: job.deadlineAt })).done).toBe(false);
    });
  });

  describe('release', () => {
    it('queues the job again without counting an attempt, and keeps the fence', async () => {
      const { store, job, hold } = await leased();
      const { leasedBy: _, leasedAt: __, leaseUntil: ___, ...rest } = job;
      const queued = { ...rest, state: 'queued', attempts: 0, updatedAt: NOW + 5 };
      expect(await store.release(hold, NOW + 5)).toEqual({ done: true, job: queued });
      expect(await store.lease(job, LEASE)).toMatchObject({ done: true, job: { fence: 2, attempts: 1 } });
    });

    it.each(wrongHolds)('refuses %s', async (_what, wrong) => {
      const { store, job, hold } = await leased();
      expect(await store.release({ ...hold, ...wrong }, NOW)).toEqual({ done: false, job });
    });

    it('takes effect only once', async () => {
      const { store, hold } = await leased();
      expect((await store.release(hold, NOW)).done).toBe(true);
      expect((await store.release(hold, NOW)).done).toBe(false);
    });
  });

  describe('complete', () => {
    const end = { result: sampleResult(), evidenceSha256: 'sha', nowMs: NOW + MINUTE };

    it('ends the job with its result, and removes its dueAt', async () => {
      const { store, job, hold } = await leased();
      const change = await store.complete(hold, end);
      const { dueAt: _, leasedAt: __, leaseUntil: ___, ...rest } = job;
      const { nowMs, ...stored } = end;
      expect(change).toEqual({ done: true, job: { ...rest, ...stored, state: 'completed', updatedAt: nowMs } });
      expect(await store.find(job.jobId)).toEqual(change.job);
    });

    it.each(wrongHolds)('refuses %s', async (_what, wrong) => {
      const { store, job, hold } = await leased();
      expect(await store.complete({ ...hold, ...wrong }, end)).toEqual({ done: false, job });
    });

    it('accepts a result after the lease has expired, if no other agent has leased the job', async () => {
      const { store, hold } = await leased();
      expect((await store.complete(hold, { ...end, nowMs: LEASE.leaseUntil + HOUR })).done).toBe(true);
    });

    it('refuses after another agent has leased the job', async () => {
      const { store, job, hold } = await leased();
      await store.lease(job, { ...LEASE, agentId: 'agt_other', nowMs: LEASE.leaseUntil });
      expect(await store.complete(hold, end)).toMatchObject({ done: false, job: { fence: 2, state: 'leased' } });
    });

    it('takes effect once, and returns the completed job to the second call', async () => {
      const { store, hold } = await leased();
      const [first, second] = await Promise.all([store.complete(hold, end), store.complete(hold, end)]);
      expect([first.done, second.done].toSorted()).toEqual([false, true]);
      expect(first.job).toEqual(second.job);
    });

    it('omits undefined fields of a result', async () => {
      const { store, hold } = await leased();
      const result = sampleResult({ conclusion: 'timeout', reason: 'hop_timeout', finalUrl: undefined });
      await store.complete(hold, { ...end, result });
      expect((await store.find(hold.jobId))?.result?.finalUrl).toBeUndefined();
    });
  });

  describe('end', () => {
    it.each(['failed', 'expired', 'canceled'] as const)('ends a job as %s, permanently', async (state) => {
      const { store, job } = await created();
      const change = await store.end(job, { state, reason: 'because', nowMs: NOW + 7 });
      const { dueAt: _, ...rest } = job;
      expect(change).toEqual({ done: true, job: { ...rest, state, endReason: 'because', updatedAt: NOW + 7 } });
      expect((await store.end(job, { state, reason: 'again', nowMs: NOW + 8 })).done).toBe(false);
    });

    it('ends a leased job, so that the agent’s result is refused', async () => {
      const { store, job, hold } = await leased();
      expect((await store.end(job, { state: 'canceled', reason: 'asked', nowMs: NOW })).done).toBe(true);
      const end = { result: sampleResult(), evidenceSha256: 'sha', nowMs: NOW };
      expect(await store.complete(hold, end)).toMatchObject({ done: false, job: { state: 'canceled' } });
    });

    it('refuses a job that was leased since it was read', async () => {
      const { store, job } = await created();
      await store.lease(job, LEASE);
      expect((await store.end(job, { state: 'expired', reason: 'late', nowMs: NOW })).done).toBe(false);
    });

    it('refuses a job whose lease was renewed since it was read', async () => {
      const { store, job, hold } = await leased();
      await store.renew(hold, { nowMs: NOW, leaseUntil: LEASE.leaseUntil + 1, leasedSince: 0 });
      expect((await store.end(job, { state: 'expired', reason: 'late', nowMs: NOW })).done).toBe(false);
    });

    it('refuses another incarnation', async () => {
      const { store, job } = await created();
      const old = { ...job, createdAt: NOW - 31 * DAY };
      expect((await store.end(old, { state: 'canceled', reason: 'asked', nowMs: NOW })).done).toBe(false);
    });
  });

  describe('moveDue', () => {
    it('changes dueAt and the count of resends, and nothing else', async () => {
      const { store, job } = await created();
      const moved = { ...job, dueAt: NOW + HOUR, resends: 1 };
      expect(await store.moveDue(job, { dueAt: NOW + HOUR, resends: 1 })).toEqual({ done: true, job: moved });
    });

    it('sets the count of alarms and the time of the last send, and keeps those that are not named', async () => {
      const { store, job } = await created();
      const sent = { alarms: 1, resends: 1, sentAt: NOW };
      const first = await store.moveDue(job, { dueAt: NOW + HOUR, ...sent });
      expect(first.job).toEqual({ ...job, dueAt: NOW + HOUR, ...sent });
      const second = await store.moveDue(first.job ?? job, { dueAt: NOW + 2 * HOUR, alarms: 2 });
      expect(second.job).toEqual({ ...job, ...sent, dueAt: NOW + 2 * HOUR, alarms: 2 });
    });

    it('takes effect for one of two calls that read the same job', async () => {
      const { store, job } = await created();
      const changes = await Promise.all([
        store.moveDue(job, { dueAt: NOW + HOUR, resends: 1 }),
        store.moveDue(job, { dueAt: NOW + 2 * HOUR, resends: 1 }),
      ]);
      expect(changes.filter(({ done }) => done)).toHaveLength(1);
    });

    it('refuses for a job that has ended', async () => {
      const { store, job } = await created();
      await store.end(job, { state: 'canceled', reason: 'asked', nowMs: NOW });
      expect((await store.moveDue(job, { dueAt: NOW + HOUR, resends: 1 })).done).toBe(false);
      expect((await store.find(job.jobId))?.dueAt).toBeUndefined();
    });
  });
}
