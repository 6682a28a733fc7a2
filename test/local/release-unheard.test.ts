// After a restart: what the agent was leased and never heard of is given back, and nothing else.
import { expect, test } from 'vitest';
import { releaseUnheard } from '../../lib/local/release-unheard.ts';
import { createInMemoryJobs } from '../support/in-memory/jobs.ts';
import { createInMemoryDeliveryLog, createInMemoryDueWork } from '../support/in-memory/stores.ts';
import { MINUTE, NOW, sampleJob } from '../support/relay/samples.ts';

const AGENT = { agentId: 'agt_restarted', keptJobIds: [], startedAt: NOW + MINUTE };

async function leasedTo(agentId: string, leasedAt = NOW) {
  const jobs = createInMemoryJobs();
  const job = sampleJob();
  await jobs.create(job, NOW);
  await jobs.lease(job, { agentId, nowMs: leasedAt, leaseUntil: leasedAt + 2 * MINUTE, attemptLimit: 5 });
  const due = createInMemoryDueWork(jobs, createInMemoryDeliveryLog());
  const ports = { jobs, due, clock: () => NOW + MINUTE };
  return { job, ports, state: async () => (await jobs.find(job.jobId))?.state };
}

test('a lease of the killed relay goes back to the queue, and was no attempt', async () => {
  const { job, ports, state } = await leasedTo(AGENT.agentId);
  await releaseUnheard(ports, AGENT);
  expect(await state()).toBe('queued');
  expect((await ports.jobs.find(job.jobId))?.attempts).toBe(0);
});

test('a lease that the agent kept stays its own', async () => {
  const { job, ports, state } = await leasedTo(AGENT.agentId);
  await releaseUnheard(ports, { ...AGENT, keptJobIds: [job.jobId] });
  expect(await state()).toBe('leased');
});

test('a lease granted since the start, or to another agent, stays', async () => {
  for (const leased of [await leasedTo(AGENT.agentId, AGENT.startedAt), await leasedTo('agt_other')]) {
    await releaseUnheard(leased.ports, AGENT);
    expect(await leased.state()).toBe('leased');
  }
});
