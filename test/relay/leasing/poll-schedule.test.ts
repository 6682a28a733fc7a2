// Pacing: a table of when to come back, and an echoed text that can only harm its sender.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatPace, parsePace, planPoll } from '../../../lib/relay/leasing/poll-schedule.ts';

const NOW_SECONDS = 1_795_348_800;

describe('the plan', () => {
  it.each([
    [0, 20, 0],
    [59, 20, 0],
    [60, 0, 5],
    [179, 0, 5],
    [180, 0, 15],
    [599, 0, 15],
    [600, 0, 30],
    [1_799, 0, 30],
    [1_800, 0, 60],
    [1_000_000, 0, 60],
  ])('after %i idle seconds waits %i and comes back in %i', (idleSeconds, waitSeconds, nextPollSeconds) => {
    const pace = { workedAt: NOW_SECONDS - idleSeconds, seenAt: 0 };
    expect(planPoll(pace, NOW_SECONDS, 20)).toEqual({ waitSeconds, nextPollSeconds });
  });

  it('waits as long as requested, but no longer than allowed', () => {
    const pace = { workedAt: NOW_SECONDS, seenAt: 0 };
    expect([0, 5, 20, 1_000].map((input) => planPoll(pace, NOW_SECONDS, input).waitSeconds)).toEqual([0, 5, 20, 20]);
  });
});

describe('the echoed text', () => {
  const seconds = fc.integer({ min: 0, max: NOW_SECONDS });

  it('says what was written', () => {
    fc.assert(
      fc.property(seconds, seconds, (workedAt, seenAt) => {
        expect(parsePace(formatPace({ workedAt, seenAt }), NOW_SECONDS)).toEqual({ workedAt, seenAt });
      }),
    );
  });

  it('never names the future, whatever is sent', () => {
    const digits = fc.stringMatching(/^[0-9]{10}$/);
    const ours = fc.tuple(digits, digits).map(([one, other]) => `1.${one}.${other}`);
    fc.assert(
      fc.property(fc.oneof(ours, fc.string({ maxLength: 64 }), fc.constant(undefined)), (text) => {
        const { workedAt, seenAt } = parsePace(text, NOW_SECONDS);
        expect(workedAt).toBeLessThanOrEqual(NOW_SECONDS);
        expect(seenAt).toBeLessThanOrEqual(NOW_SECONDS);
      }),
    );
  });

  it.each([
    undefined,
    '',
    '1',
    '1.1.1',
    '2.1795348800.1795348800',
    '1.1795348800.1795348800 ',
    '1.٠٠٠٠٠٠٠٠٠٠.0000000000',
  ])('%j counts as an agent that just arrived', (text) => {
    expect(parsePace(text, NOW_SECONDS)).toEqual({ workedAt: NOW_SECONDS, seenAt: 0 });
  });
});
