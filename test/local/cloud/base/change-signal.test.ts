// Waiting for a change signal.
import { expect, test } from 'vitest';
import { createChangeSignal } from '../../../../lib/local/cloud/base/change-signal.ts';

const NEVER = new AbortController().signal;

test('wakes all waiters', async () => {
  const changeSignal = createChangeSignal();
  const waiting = [
    changeSignal.wait(changeSignal.count, 60_000, NEVER),
    changeSignal.wait(changeSignal.count, 60_000, NEVER),
  ];
  changeSignal.notify();
  await expect(Promise.all(waiting)).resolves.toBeDefined();
});

test('does not wait after a notification that came since the count was read', async () => {
  const changeSignal = createChangeSignal();
  const seen = changeSignal.count;
  changeSignal.notify();
  await expect(changeSignal.wait(seen, 60_000, NEVER)).resolves.toBeUndefined();
});

test('stops waiting after its time, and at an abort signal, also one that fired before', async () => {
  const changeSignal = createChangeSignal();
  await changeSignal.wait(changeSignal.count, 1, NEVER);
  const stopping = new AbortController();
  const waiting = changeSignal.wait(changeSignal.count, 60_000, stopping.signal);
  stopping.abort();
  await expect(waiting).resolves.toBeUndefined();
  await changeSignal.wait(changeSignal.count, 60_000, stopping.signal);
});
