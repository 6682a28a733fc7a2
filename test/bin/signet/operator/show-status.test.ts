// The screen of `signet status`: it counts jobs, says when a number is a lower bound, and never says "none" of what is unknown.

import { describe, expect, it } from 'vitest';
import { viewStatus } from '../../../../bin/signet/operator/show/show-status.ts';
import type { Status } from '../../../../lib/relay/operator/deployment/status.ts';
import { ACCOUNT, NOW } from '../../../support/relay/samples.ts';

const pool = { pool: 'default', agents: { total: 1, online: 1, paused: 0 } };
const status: Status = {
  at: NOW,
  isComplete: true,
  accounts: [
    {
      account: ACCOUNT,
      lastHour: {
        jobs: { queued: 0, leased: 0, completed: 2, failed: 0, expired: 0, canceled: 0 },
        isComplete: true,
      },
      quota: { used: 5, limit: 1_000 },
      pools: [{ ...pool, jobs: { queued: 3, leased: 1 }, waiting: { visible: 97, inFlight: 1, delayed: 0 } }],
      failingEndpoints: [],
    },
  ],
  deliveriesWaiting: { queue: { visible: 0, inFlight: 0, delayed: 7 }, table: 4 },
  deadLetters: { deliveries: 0, events: undefined },
};
const shown = (overrides: Partial<Status> = {}) =>
  viewStatus({ ...status, ...overrides })
    .lines(200)
    .join('\n');

describe('the screen', () => {
  it('shows open jobs, however many pointers their queue holds', () => {
    expect(shown()).toMatch(/queue +queued +leased/);
    expect(shown()).toMatch(/default +exists +3 +1 /);
    expect(shown()).not.toContain('97');
  });

  it('counts deliveries that wait for a retry, in the queue and in the table', () => {
    expect(shown()).toContain(
      'Waiting deliveries: 11. About 0 are in the queue, about 7 wait there for a retry, and 4',
    );
  });

  it('says that the queue of deliveries is missing, and shows no number for it', () => {
    const text = shown({ deliveriesWaiting: { queue: undefined, table: 4 } });
    expect(text).toContain('Waiting deliveries: the queue does not exist, and 4 wait in the table for a later retry.');
    expect(text).toContain('unknown events');
  });

  it('marks each number that is a lower bound', () => {
    const text = shown({ isComplete: false });
    expect(text).toMatch(/default +exists +3\+ +1\+/);
    expect(text).toContain('4+ wait in the table');
    expect(text).toContain('A plus sign marks a lower bound.');
    expect(shown()).not.toContain('+');
  });
});

it('gives programs both counts of deliveries, and null for what is unknown', () => {
  const { json } = viewStatus({ ...status, deliveriesWaiting: { queue: undefined, table: 4 } });
  expect(json).toMatchObject({ isComplete: true, deliveriesWaiting: { queue: null, table: 4 } });
});
