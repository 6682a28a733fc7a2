// Invented data for the event of a test delivery, in the shape of the relay's own events.
import type { EventType, JobState, JobView, QuotaNotice } from '../protocol/messages.ts';

/** The state of the job in each event. */
const STATE_OF_EVENT: Partial<Record<EventType, JobState>> = {
  'link.resolved': 'completed',
  'link.failed': 'failed',
  'link.expired': 'expired',
  'link.canceled': 'canceled',
};

const HOUR_MS = 3_600_000;

/** Returns invented `data` for an event of this type. `nowMs` is in epoch milliseconds. */
export function sampleData(type: EventType, nowMs: number): object {
  if (type === 'quota.warning') return { quota: sampleQuota(nowMs) };
  const state = STATE_OF_EVENT[type];
  return state ? { job: sampleJob(state, nowMs) } : {};
}

function sampleQuota(nowMs: number): QuotaNotice {
  const now = new Date(nowMs);
  const resetsAt = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1)).toISOString();
  return { window: now.toISOString().slice(0, 7), limit: 1_000, used: 800, remaining: 200, resetsAt };
}

function sampleJob(state: JobState, nowMs: number): JobView {
  const at = (hours: number) => new Date(nowMs + hours * HOUR_MS).toISOString();
  const result = {
    conclusion: 'valid',
    reason: 'final_ok',
    finalUrl: 'https://shop.example/autumn',
    ready: true,
    checkedAt: at(0),
    validUntil: at(24),
    agentId: 'agent_test',
    hopCount: 2,
  } as const;
  return {
    jobId: `job_${'test'.repeat(13)}`,
    state,
    idempotencyKey: 'test-delivery',
    trackingUrl: 'https://t.example/abc',
    source: 'test',
    rowId: '1',
    pool: 'default',
    attempts: state === 'completed' ? 1 : 0,
    createdAt: at(-1),
    updatedAt: at(0),
    deadlineAt: at(23),
    ...(state === 'completed' && { result }),
  };
}
