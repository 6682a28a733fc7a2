// The poll schedule: the table of poll intervals, and the pace text, with which an agent can harm only itself.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decideNextPoll, formatPace, parsePace } from '../../../lib/relay/leasing/poll-schedule.ts';

const NOW_SECONDS = 1_795_348_800;

describe('decideNextPoll', () => {
  it.each([
    [0, 1],
    [9, 1],
    [10, 2],
    [59, 2],
    [60, 5],
    [179, 5],
    [180, 15],
    [599, 15],
    [600, 30],
    [1_799, 30],
    [1_800, 60],
    [1_000_000, 60],
  ])('returns, after %i idle seconds, a next poll in %i', (idleSeconds, nextPollSeconds) => {
    expect(decideNextPoll({ workedAt: NOW_SECONDS - idleSeconds }, NOW_SECONDS)).toBe(nextPollSeconds);
  });
});

describe('parsePace', () => {
  const seconds = fc.integer({ min: 0, max: NOW_SECONDS });

  it('returns what formatPace was given', () => {
    fc.assert(
      fc.property(seconds, seconds, fc.constantFrom('', '0123abcd'), (workedAt, seenAt, said) => {
        const pace = { workedAt, seenAt, said };
        expect(parsePace(formatPace(pace), NOW_SECONDS)).toEqual(pace);
      }),
    );
  });

  it('never returns a time in the future, for any text', () => {
    const digits = fc.stringMatching(/^[0-9]{10}$/);
    const ours = fc.tuple(digits, digits).map(([workedAt, seenAt]) => `1.${workedAt}.${seenAt}`);
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
    '1.1795348800.1795348800.xyz',
  ])('treats an agent with the pace %j like a new one', (text) => {
    expect(parsePace(text, NOW_SECONDS)).toEqual({ workedAt: NOW_SECONDS, seenAt: 0, said: '' });
  });
});
