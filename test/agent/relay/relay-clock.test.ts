// The relay's time, as an agent knows it: the time of the machine, corrected with the relay's answers.
import { expect, test } from 'vitest';
import { createRelayClock } from '../../../agent/relay/relay-clock.ts';

test('takes the time of every answer, and reports a correction of thirty seconds or more', () => {
  let localMs = 1_000_000;
  const clock = createRelayClock(() => localMs);
  expect(clock.sync(1_000_400)).toBe(false);
  expect(clock.sync(4_600_000)).toBe(true);
  localMs += 500;
  expect(clock.nowMs()).toBe(4_600_500);
  expect(clock.sync(4_600_900)).toBe(false);
});
