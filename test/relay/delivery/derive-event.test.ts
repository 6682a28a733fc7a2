// Deriving events: each terminal state has exactly one event, with the same bytes each time.
import { describe, expect, it } from 'vitest';
import { JOB_STATES } from '../../../lib/protocol/messages.ts';
import { deriveEvent } from '../../../lib/relay/delivery/derive-event.ts';
import type { Job } from '../../../lib/relay/model/records.ts';
import { DAY, HOUR, NOW, sampleJob, sampleResult } from '../../support/relay/samples.ts';

function endedJob(overrides: Partial<Job> = {}): Job {
  return sampleJob({ state: 'completed', result: sampleResult(), updatedAt: NOW + HOUR, ...overrides });
}

describe('deriving the event of a job', () => {
  it.each([
    ['completed', 'link.resolved'],
    ['failed', 'link.failed'],
    ['expired', 'link.expired'],
    ['canceled', 'link.canceled'],
    ['queued', undefined],
    ['leased', undefined],
  ] as const)('maps the state %s to %s', (state, type) => {
    expect(deriveEvent(endedJob({ state }))?.type).toBe(type);
  });

  it('covers all six states', () => {
    expect(JOB_STATES).toHaveLength(6);
  });

  it('returns the same bytes every time', () => {
    const job = endedJob();
    expect(JSON.stringify(deriveEvent(structuredClone(job)))).toBe(JSON.stringify(deriveEvent(job)));
  });

  it('shows the job as it was when it ended, and takes that time as the event’s timestamp', () => {
    const job = endedJob({ result: sampleResult({ validUntil: NOW + 2 * HOUR }) });
    expect(deriveEvent(job)).toMatchObject({
      timestamp: new Date(NOW + HOUR).toISOString(),
      data: { job: { jobId: job.jobId, state: 'completed', result: { ready: true } } },
    });
  });

  it('derives the id from the job, its creation time and the event type alone', () => {
    const job = endedJob();
    const id = (overrides: Partial<Job>) => deriveEvent({ ...job, ...overrides })?.id;
    const ids = [{}, { jobId: 'job_other' }, { createdAt: NOW + 1 }, { state: 'failed' as const }].map(id);
    expect(new Set(ids).size).toBe(4);
    expect(ids[0]).toMatch(/^evt_[a-z2-7]{32}$/);
    expect(id({ updatedAt: NOW + DAY, attempts: 3, resends: 9 })).toBe(ids[0]);
  });
});
