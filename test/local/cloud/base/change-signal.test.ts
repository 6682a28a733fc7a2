// Waiting for a changeSignal.
import { expect, test } from 'vitest';
import { createChangeSignal } from '../../../../lib/local/cloud/base/change-signal.ts';

const NEVER = new AbortController().signal;

test('wakes everybody who waits', async () => {
  const changeSignal = createChangeSignal();
  const waiting = [
    changeSignal.wait(changeSignal.count, 60_000, NEVER),
    changeSignal.wait(changeSignal.count, 60_000, NEVER),
  ];
  changeSignal.ring();
  await expect(Promise.all(waiting)).resolves.toBeDefined();
});

test('does not let anybody wait for a ring that came while they looked', async () => {
  const changeSignal = createChangeSignal();
  const seen = changeSignal.count;
  changeSignal.ring();
  await expect(changeSignal.wait(seen, 60_000, NEVER)).resolves.toBeUndefined();
});

test('ends with its time, and with its signal, also one that fired before', async () => {
  const changeSignal = createChangeSignal();
  await changeSignal.wait(changeSignal.count, 1, NEVER);
  const stopping = new AbortController();
  const waiting = changeSignal.wait(changeSignal.count, 60_000, stopping.signal);
  stopping.abort();
  await expect(waiting).resolves.toBeUndefined();
  await changeSignal.wait(changeSignal.count, 60_000, stopping.signal);
});
