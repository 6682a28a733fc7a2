// The order to stop, whichever way it comes.
import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import { awaitStopOrder } from '../../lib/local/stop-order.ts';

function fakeProcess() {
  return Object.assign(new EventEmitter(), { stdout: new EventEmitter(), stderr: new EventEmitter() });
}

function awaitOf(fake: ReturnType<typeof fakeProcess>) {
  return awaitStopOrder(fake as unknown as NodeJS.Process);
}

test.each(['SIGINT', 'SIGTERM', 'SIGHUP', 'disconnect'])('comes with %s', async (event) => {
  const fake = fakeProcess();
  const order = awaitOf(fake);
  expect(order.signal.aborted).toBe(false);
  fake.emit(event);
  expect(order.signal.aborted).toBe(true);
  await order.came;
});

test('comes when nobody reads the output any more', () => {
  const fake = fakeProcess();
  const order = awaitOf(fake);
  fake.stdout.emit('error', new Error('EPIPE'));
  expect(order.signal.aborted).toBe(true);
});

test('coming again, it still finds a listener, so that the process is not killed half-way', () => {
  const fake = fakeProcess();
  awaitOf(fake);
  for (const signal of ['SIGINT', 'SIGINT', 'SIGTERM']) expect(fake.emit(signal)).toBe(true);
  fake.stdout.emit('error', new Error('EPIPE'));
});
