// After a restart, leases that the agent never received are released, and no others.
import { expect, test } from 'vitest';
import { releaseOrphanedLeases } from '../../lib/local/release-orphaned-leases.ts';
import { createInMemoryJobs } from '../support/in-memory/jobs.ts';
import { createInMemoryDeliveryLog, createInMemoryDueWork } from '../support/in-memory/stores.ts';
import { MINUTE, NOW, sampleJob, sampleLease } from '../support/relay/samples.ts';

const AGENT = { agentId: 'agt_restarted', resumedJobIds: [], startedAt: NOW + MINUTE };

async function leasedTo(agentId: string, leasedAt = NOW) {
  const jobs = createInMemoryJobs();
  const job = sampleJob();
  await jobs.create(job, NOW);
  await jobs.lease(job, sampleLease({ agentId, nowMs: leasedAt, leaseUntil: leasedAt + 2 * MINUTE }));
  const due = createInMemoryDueWork(jobs, createInMemoryDeliveryLog());
  const ports = { jobs, due, clock: () => NOW + MINUTE };
  return { job, ports, state: async () => (await jobs.find(job.jobId))?.state };
}

test('returns the job of an orphaned lease to the queue, without counting an attempt', async () => {
  const { job, ports, state } = await leasedTo(AGENT.agentId);
  await releaseOrphanedLeases(ports, AGENT);
  expect(await state()).toBe('queued');
  expect((await ports.jobs.find(job.jobId))?.attempts).toBe(0);
});

test('keeps the lease of a job that the agent has resumed', async () => {
  const { job, ports, state } = await leasedTo(AGENT.agentId);
  await releaseOrphanedLeases(ports, { ...AGENT, resumedJobIds: [job.jobId] });
  expect(await state()).toBe('leased');
});

test('keeps a lease granted since the start, and one of another agent', async () => {
  for (const leased of [await leasedTo(AGENT.agentId, AGENT.startedAt), await leasedTo('agt_other')]) {
    await releaseOrphanedLeases(leased.ports, AGENT);
    expect(await leased.state()).toBe('leased');
  }
});
