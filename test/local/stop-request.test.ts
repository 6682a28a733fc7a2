// The request to stop, in each of its forms.
import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import { awaitStopRequest } from '../../lib/local/stop-request.ts';

function fakeProcess() {
  return Object.assign(new EventEmitter(), { stdout: new EventEmitter(), stderr: new EventEmitter() });
}

function awaitOf(fake: ReturnType<typeof fakeProcess>) {
  return awaitStopRequest(fake as unknown as NodeJS.Process);
}

test.each(['SIGINT', 'SIGTERM', 'SIGHUP', 'disconnect'])('receives %s as a request to stop', async (event) => {
  const fake = fakeProcess();
  const order = awaitOf(fake);
  expect(order.signal.aborted).toBe(false);
  fake.emit(event);
  expect(order.signal.aborted).toBe(true);
  await order.received;
});

test('treats closed output as a request to stop', () => {
  const fake = fakeProcess();
  const order = awaitOf(fake);
  fake.stdout.emit('error', new Error('EPIPE'));
  expect(order.signal.aborted).toBe(true);
});

test('keeps its listeners after the first request, so that a second one does not kill the process', () => {
  const fake = fakeProcess();
  awaitOf(fake);
  for (const signal of ['SIGINT', 'SIGINT', 'SIGTERM']) expect(fake.emit(signal)).toBe(true);
  fake.stdout.emit('error', new Error('EPIPE'));
});
