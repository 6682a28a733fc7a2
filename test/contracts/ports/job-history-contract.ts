// The contract of job histories: an account's jobs in their current state, newest last, or in pages newest first.
import { describe, expect, it } from 'vitest';
import type { JobHistory, JobRef, JobStore } from '../../../lib/relay/model/ports.ts';
import { MINUTE, NOW, sampleJob, unique } from '../../support/relay/samples.ts';

/** Describes the tests that every job history must pass. */
export function describeJobHistoryContract(makePorts: () => { jobs: JobStore; history: JobHistory }): void {
  it('lists an account’s jobs since a time, newest last', async () => {
    const { jobs, history } = makePorts();
    const accountId = unique('account');
    const created = [3, 1, 2, 0].map((minutes) => sampleJob({ accountId, createdAt: NOW + minutes * MINUTE }));
    await Promise.all([...created, sampleJob({ accountId: `${accountId}0` })].map((job) => jobs.create(job, NOW)));
    const [third, first, second] = created;
    const listed = await Array.fromAsync(history.listCreatedSince(accountId, NOW + MINUTE));
    expect(listed).toEqual([first, second, third]);
  });

  it('lists each job in its current state', async () => {
    const { jobs, history } = makePorts();
    const job = sampleJob({ accountId: unique('account') });
    await jobs.create(job, NOW);
    await jobs.end(job, { state: 'canceled', reason: 'asked', nowMs: NOW + 1 });
    const listed = await Array.fromAsync(history.listCreatedSince(job.accountId, 0));
    expect(listed).toMatchObject([{ jobId: job.jobId, state: 'canceled' }]);
  });

  it('lists nothing for an account without jobs', async () => {
    expect(await Array.fromAsync(makePorts().history.listCreatedSince(unique('account'), 0))).toEqual([]);
  });

  describe('a page', () => {
    /** Creates five jobs of a new account, and returns them newest first. The last two have the same creation time. */
    async function createJobs() {
      const { jobs, history } = makePorts();
      const accountId = unique('account');
      const created = [0, 1, 2, 3, 3].map((minutes) => sampleJob({ accountId, createdAt: NOW - minutes * MINUTE }));
      await Promise.all([...created, sampleJob({ accountId: `${accountId}0` })].map((job) => jobs.create(job, NOW)));
      const own = created.toSorted((a, b) => b.createdAt - a.createdAt || (a.jobId < b.jobId ? 1 : -1));
      const read = (limit: number, before?: JobRef, sinceMs = 0) =>
        history.readPage(accountId, { sinceMs, before, limit });
      return { jobs, own, read };
    }

    it('holds the newest jobs first, and names the next position exactly while there are more', async () => {
      const { own, read } = await createJobs();
      for (const limit of [1, 2, 4, 5, 6, 50]) {
        const pages = [await read(limit)];
        for (let next = pages[0]?.next; next; next = pages.at(-1)?.next) pages.push(await read(limit, next));
        expect(pages.flatMap(({ jobs }) => jobs)).toEqual(own);
        expect(pages).toHaveLength(Math.ceil(own.length / limit));
      }
    });

    it('continues after a position at which no job exists', async () => {
      const { own, read } = await createJobs();
      const before = { jobId: `job_${'a'.repeat(52)}`, createdAt: NOW - MINUTE - 1 };
      expect((await read(50, before)).jobs).toEqual(own.slice(2));
    });

    it('holds no job from before the time, to the millisecond', async () => {
      const { own, read } = await createJobs();
      expect(await read(50, undefined, NOW - MINUTE)).toEqual({ jobs: own.slice(0, 2), next: undefined });
      expect(await read(50, undefined, NOW - MINUTE + 1)).toEqual({ jobs: own.slice(0, 1), next: undefined });
      expect(await read(50, own[0], NOW - MINUTE)).toEqual({ jobs: own.slice(1, 2), next: undefined });
      expect(await read(50, own[1], NOW - MINUTE)).toEqual({ jobs: [], next: undefined });
    });

    it('is empty if its position is before the time', async () => {
      const { own, read } = await createJobs();
      expect(await read(50, own.at(-1), NOW)).toEqual({ jobs: [], next: undefined });
    });

    it('holds each job in its current state', async () => {
      const { jobs, own, read } = await createJobs();
      const [first] = own;
      if (first) await jobs.end(first, { state: 'canceled', reason: 'asked', nowMs: NOW + 1 });
      expect((await read(1)).jobs).toMatchObject([{ jobId: first?.jobId, state: 'canceled', updatedAt: NOW + 1 }]);
    });

    it('is empty for an account without jobs', async () => {
      const range = { sinceMs: 0, before: undefined, limit: 50 };
      expect(await makePorts().history.readPage(unique('account'), range)).toEqual({ jobs: [], next: undefined });
    });
  });
}
