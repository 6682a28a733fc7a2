// Waiting for a bell.
import { expect, test } from 'vitest';
import { createBell } from '../../../../lib/local/cloud/base/bell.ts';

const NEVER = new AbortController().signal;

test('wakes everybody who waits', async () => {
  const bell = createBell();
  const waiting = [bell.wait(bell.count, 60_000, NEVER), bell.wait(bell.count, 60_000, NEVER)];
  bell.ring();
  await expect(Promise.all(waiting)).resolves.toBeDefined();
});

test('does not let anybody wait for a ring that came while they looked', async () => {
  const bell = createBell();
  const seen = bell.count;
  bell.ring();
  await expect(bell.wait(seen, 60_000, NEVER)).resolves.toBeUndefined();
});

test('ends with its time, and with its signal, also one that fired before', async () => {
  const bell = createBell();
  await bell.wait(bell.count, 1, NEVER);
  const stopping = new AbortController();
  const waiting = bell.wait(bell.count, 60_000, stopping.signal);
  stopping.abort();
  await expect(waiting).resolves.toBeUndefined();
  await bell.wait(bell.count, 60_000, stopping.signal);
});
