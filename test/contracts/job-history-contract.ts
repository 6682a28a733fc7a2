// What every history must do: an account's jobs since then, newest last, as they stand now.
import { expect, it } from 'vitest';
import type { JobHistory, JobStore } from '../../lib/relay/ports.ts';
import { MINUTE, NOW, sampleJob, unique } from '../relay/samples.ts';

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
}
