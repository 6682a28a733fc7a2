// The contract of due work: everything that is due is named, and nothing that has ended or is due later.
import { expect, it } from 'vitest';
import type { DeliveryLog, DueItem, DueWork, JobStore } from '../../../lib/relay/model/ports.ts';
import type { Job } from '../../../lib/relay/model/records.ts';
import {
  HOUR,
  holdOf,
  MINUTE,
  NOW,
  sampleDelivery,
  sampleJob,
  sampleLease,
  sampleResult,
} from '../../support/relay/samples.ts';

export interface DueWorkPorts {
  readonly due: DueWork;
  readonly jobs: JobStore;
  readonly log: DeliveryLog;
}

/** Describes the tests that every finder of due work must pass. */
export function describeDueWorkContract(makePorts: () => DueWorkPorts): void {
  /** Returns the due jobs among this test's own. The table also holds rows of other tests. */
  async function dueJobs({ due }: DueWorkPorts, untilMs: number, mine: readonly Job[]): Promise<string[]> {
    const items = await Array.fromAsync(due.findDue(untilMs));
    const ids = items.flatMap((item) => (item.kind === 'job' ? [item.jobId] : []));
    return ids.filter((id) => mine.some(({ jobId }) => jobId === id));
  }

  async function isDue({ due }: DueWorkPorts, expected: DueItem): Promise<boolean> {
    const items = await Array.fromAsync(due.findDue(NOW + 10 * HOUR));
    return items.some((item) => JSON.stringify(item) === JSON.stringify(expected));
  }

  it('names every job that is due until a time, each once, and none that is due later', async () => {
    const ports = makePorts();
    const jobs = Array.from({ length: 40 }, () => sampleJob({ dueAt: NOW + 2 * MINUTE }));
    const later = sampleJob({ dueAt: NOW + 2 * MINUTE + 1 });
    await Promise.all([...jobs, later].map((job) => ports.jobs.create(job, NOW)));
    const found = await dueJobs(ports, NOW + 2 * MINUTE, [...jobs, later]);
    expect(found.toSorted()).toEqual(jobs.map(({ jobId }) => jobId).toSorted());
    expect(await dueJobs(ports, NOW + 2 * MINUTE + 1, [later])).toEqual([later.jobId]);
  });

  it('names them oldest first, across all shards and pages', async () => {
    const ports = makePorts();
    const jobs = Array.from({ length: 60 }, (_, index) => sampleJob({ dueAt: NOW + ((index * 37) % 60) }));
    await Promise.all(jobs.map((job) => ports.jobs.create(job, NOW)));
    const oldestFirst = jobs.toSorted((a, b) => (a.dueAt ?? 0) - (b.dueAt ?? 0));
    expect(await dueJobs(ports, NOW + 60, jobs)).toEqual(oldestFirst.map(({ jobId }) => jobId));
  });

  it('follows a dueAt that was moved', async () => {
    const ports = makePorts();
    const job = sampleJob();
    await ports.jobs.create(job, NOW);
    await ports.jobs.moveDue(job, { dueAt: NOW + 3 * HOUR, resends: 1 });
    expect(await dueJobs(ports, NOW + 2 * HOUR, [job])).toEqual([]);
    expect(await dueJobs(ports, NOW + 3 * HOUR, [job])).toEqual([job.jobId]);
  });

  it('names no job in a terminal state', async () => {
    const ports = makePorts();
    const states = ['failed', 'expired', 'canceled'] as const;
    const ended = states.map(() => sampleJob());
    const completed = sampleJob();
    await Promise.all([...ended, completed].map((job) => ports.jobs.create(job, NOW)));
    for (const [index, state] of states.entries())
      await ports.jobs.end(ended[index] ?? completed, { state, reason: 'because', nowMs: NOW });
    await ports.jobs.lease(completed, sampleLease({ agentId: 'agt_1', nowMs: NOW, leaseUntil: NOW + MINUTE }));
    const hold = holdOf({ ...completed, fence: 1 }, 'agt_1');
    await ports.jobs.complete(hold, { result: sampleResult(), evidenceSha256: 'sha', nowMs: NOW });
    expect(await dueJobs(ports, Number.MAX_SAFE_INTEGER, [...ended, completed])).toEqual([]);
  });

  it('names a leased job', async () => {
    const ports = makePorts();
    const job = sampleJob();
    await ports.jobs.create(job, NOW);
    await ports.jobs.lease(job, sampleLease({ agentId: 'agt_1', nowMs: NOW, leaseUntil: NOW + MINUTE }));
    expect(await dueJobs(ports, NOW + HOUR, [job])).toEqual([job.jobId]);
  });

  it('names a delivery that waits for the sweep, with its complete key', async () => {
    const ports = makePorts();
    const record = sampleDelivery({ dueAt: NOW + HOUR });
    const { endpointId, eventAt, eventId } = record;
    await ports.log.record(record);
    expect(await isDue(ports, { kind: 'delivery', endpointId, eventAt, eventId, dueAt: NOW + HOUR })).toBe(true);
    await ports.log.clearDue(record);
    expect(await isDue(ports, { kind: 'delivery', endpointId, eventAt, eventId, dueAt: NOW + HOUR })).toBe(false);
  });

  it('names no delivery that waits in the queue or has ended', async () => {
    const ports = makePorts();
    const record = sampleDelivery({ dueAt: NOW + HOUR });
    const { endpointId, eventAt, eventId, dueAt: _, ...rest } = record;
    await ports.log.record(record);
    await ports.log.record({ endpointId, eventAt, eventId, ...rest, attempt: 1, state: 'delivered' });
    expect(await isDue(ports, { kind: 'delivery', endpointId, eventAt, eventId, dueAt: NOW + HOUR })).toBe(false);
  });
}
