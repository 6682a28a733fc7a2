// Rebuilding events: which events a command sends again, and what it refuses.
import { describe, expect, it } from 'vitest';
import { rebuild } from '../../../../lib/relay/operator/jobs/events.ts';
import { granted, refusalOf } from '../../../support/relay/outcomes.ts';
import {
  ACCOUNT,
  DAY,
  HOUR,
  NOW,
  sampleAccount,
  sampleEndpoint,
  sampleJob,
  sampleResult,
} from '../../../support/relay/samples.ts';
import { createWorld } from '../../../support/relay/world.ts';

const { accountId } = ACCOUNT;

async function ready() {
  const world = await createWorld();
  return { world, ports: world.ports };
}

describe('rebuilding events', () => {
  const ended = (overrides: object = {}) =>
    sampleJob({ state: 'completed', result: sampleResult(), updatedAt: NOW, ...overrides });

  it('sends the events since a time, even of older jobs, of one account or of all', async () => {
    const { world, ports } = await ready();
    const other = sampleAccount();
    await world.putAccount(other);
    for (const id of [accountId, other.accountId]) await ports.endpoints.create(sampleEndpoint({ accountId: id }));
    const jobs = [
      ended({ createdAt: NOW - 7 * DAY }),
      ended({ updatedAt: NOW - HOUR - 1 }),
      ended({ accountId: other.accountId }),
      sampleJob(),
    ];
    for (const job of jobs) await ports.jobs.create(job, NOW);
    expect(granted(await rebuild(ports, { sinceMs: NOW - HOUR, accountId }))).toEqual({ sent: 1, failed: 0 });
    expect(granted(await rebuild(ports, { sinceMs: NOW - HOUR }))).toEqual({ sent: 2, failed: 0 });
  });

  it('sends each quota warning of the period once', async () => {
    const { ports } = await ready();
    await ports.endpoints.create(sampleEndpoint());
    const warn = (month: string, warnedAt: number) =>
      ports.quota.recordWarning({ accountId, month, used: 800, limit: 1_000, warnedAt });
    await warn('2026-10', NOW - 25 * DAY);
    await warn('2026-11', NOW - HOUR);
    expect(granted(await rebuild(ports, { sinceMs: NOW - HOUR + 1 }))).toEqual({ sent: 0, failed: 0 });
    expect(granted(await rebuild(ports, { sinceMs: NOW - HOUR }))).toEqual({ sent: 1, failed: 0 });
    expect(granted(await rebuild(ports, { sinceMs: NOW - 29 * DAY }))).toEqual({ sent: 2, failed: 0 });
  });

  it('counts a delivery that could not be sent, and continues', async () => {
    const { ports } = await ready();
    await ports.endpoints.create(sampleEndpoint());
    for (const job of [ended(), ended()]) await ports.jobs.create(job, NOW);
    let calls = 0;
    const send = async () => {
      calls += 1;
      if (calls === 1) throw new Error('full');
    };
    const outcome = await rebuild({ ...ports, deliveries: { send } }, { sinceMs: NOW - HOUR });
    expect(granted(outcome)).toEqual({ sent: 1, failed: 1 });
  });

  it('refuses a time in the future and an unknown account', async () => {
    const { ports } = await ready();
    expect(refusalOf(await rebuild(ports, { sinceMs: NOW + 1 }))).toBe('invalid');
    expect(refusalOf(await rebuild(ports, { sinceMs: Number.NaN }))).toBe('invalid');
    expect(refusalOf(await rebuild(ports, { sinceMs: NOW, accountId: 'nobody' }))).toBe('account_unknown');
  });
});
