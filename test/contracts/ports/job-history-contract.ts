// What every history must do: an account's jobs since then as they stand now, newest last, or newest first in pages.
import { describe, expect, it } from 'vitest';
import type { JobHistory, JobRef, JobStore } from '../../../lib/relay/model/ports.ts';
import { MINUTE, NOW, sampleJob, unique } from '../../support/relay/samples.ts';

export function describeJobHistoryContract(makePorts: () => { jobs: JobStore; history: JobHistory }): void {
  it('lists an account’s jobs from then on, newest last', async () => {
    const { jobs, history } = makePorts();
    const accountId = unique('account');
    const made = [3, 1, 2, 0].map((minutes) => sampleJob({ accountId, createdAt: NOW + minutes * MINUTE }));
    await Promise.all([...made, sampleJob({ accountId: `${accountId}0` })].map((job) => jobs.create(job, NOW)));
    const [third, first, second] = made;
    const listed = await Array.fromAsync(history.listCreatedSince(accountId, NOW + MINUTE));
    expect(listed).toEqual([first, second, third]);
  });

  it('gives each as it stands now', async () => {
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
    /** Jobs of an account of its own, the first the newest. The last two were made in the same millisecond. */
    async function made() {
      const { jobs, history } = makePorts();
      const accountId = unique('account');
      const others = [0, 1, 2, 3, 3].map((minutes) => sampleJob({ accountId, createdAt: NOW - minutes * MINUTE }));
      await Promise.all([...others, sampleJob({ accountId: `${accountId}0` })].map((job) => jobs.create(job, NOW)));
      const own = others.toSorted(
        (one, other) => other.createdAt - one.createdAt || (one.jobId < other.jobId ? 1 : -1),
      );
      const read = (limit: number, before?: JobRef, sinceMs = 0) =>
        history.readPage(accountId, { sinceMs, before, limit });
      return { jobs, own, read };
    }

    it('has the newest first, and says where to go on exactly while there is more', async () => {
      const { own, read } = await made();
      for (const limit of [1, 2, 4, 5, 6, 50]) {
        const pages = [await read(limit)];
        for (let next = pages[0]?.next; next; next = pages.at(-1)?.next) pages.push(await read(limit, next));
        expect(pages.flatMap(({ jobs }) => jobs)).toEqual(own);
        expect(pages).toHaveLength(Math.ceil(own.length / limit));
      }
    });

    it('goes on behind a place where no job is', async () => {
      const { own, read } = await made();
      const before = { jobId: `job_${'a'.repeat(52)}`, createdAt: NOW - MINUTE - 1 };
      expect((await read(50, before)).jobs).toEqual(own.slice(2));
    });

    it('has nothing from before the time asked for, to the millisecond', async () => {
      const { own, read } = await made();
      expect(await read(50, undefined, NOW - MINUTE)).toEqual({ jobs: own.slice(0, 2), next: undefined });
      expect(await read(50, undefined, NOW - MINUTE + 1)).toEqual({ jobs: own.slice(0, 1), next: undefined });
      expect(await read(50, own[0], NOW - MINUTE)).toEqual({ jobs: own.slice(1, 2), next: undefined });
      expect(await read(50, own[1], NOW - MINUTE)).toEqual({ jobs: [], next: undefined });
    });

    it('that would begin before that time is empty, and no failure', async () => {
      const { own, read } = await made();
      expect(await read(50, own.at(-1), NOW)).toEqual({ jobs: [], next: undefined });
    });

    it('has each job as it stands now', async () => {
      const { jobs, own, read } = await made();
      const [first] = own;
      if (first) await jobs.end(first, { state: 'canceled', reason: 'asked', nowMs: NOW + 1 });
      expect((await read(1)).jobs).toMatchObject([{ jobId: first?.jobId, state: 'canceled', updatedAt: NOW + 1 }]);
    });

    it('of an account without jobs is empty', async () => {
      const range = { sinceMs: 0, before: undefined, limit: 50 };
      expect(await makePorts().history.readPage(unique('account'), range)).toEqual({ jobs: [], next: undefined });
    });
  });
}
