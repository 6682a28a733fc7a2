// An AbortSignal ends a call at any point, and the call rejects with the signal's reason.
import { describe, expect, test } from 'vitest';
import { DEFAULT_PORTS } from '../../../lib/client/client-ports.ts';
import { send } from '../../support/agent/fake-relay.ts';
import { openScene } from '../call.ts';
import { JOB_ID, SUBMISSION } from '../fake-relay.ts';

class Enough extends Error {}

/** Returns the error of a promise. */
const failureOf = (call: Promise<unknown>) =>
  call.then(
    () => 'it did not fail',
    (error: unknown) => error,
  );

describe('an AbortSignal', () => {
  test('ends an attempt that waits for its answer, and closes the connection', async () => {
    const pause = () => Promise.reject(new Error('The client must not wait.'));
    await using scene = await openScene({ ports: { pause } });
    const controller = new AbortController();
    const reason = new Enough();
    const closed = new Promise<void>((resolve) => {
      scene.relay.turns.push((response) => {
        response.once('close', resolve);
        controller.abort(reason);
      });
    });
    expect(await failureOf(scene.client.submit(SUBMISSION, { signal: controller.signal }))).toBe(reason);
    await closed;
    expect(scene.relay.seen).toHaveLength(1);
  });

  test('ends an attempt in the middle of its answer', async () => {
    const controller = new AbortController();
    const reason = new Enough();
    const fetch: typeof globalThis.fetch = async (url, init) => {
      const response = await globalThis.fetch(url, init);
      controller.abort(reason);
      return response;
    };
    await using scene = await openScene({ ports: { fetch } });
    scene.relay.turns.push((response) => {
      response.writeHead(202, { 'content-type': 'application/json' });
      response.write('{"jobId":');
    });
    expect(await failureOf(scene.client.submit(SUBMISSION, { signal: controller.signal }))).toBe(reason);
    expect(scene.relay.seen).toHaveLength(1);
  });

  test('ends the wait for the next attempt', async () => {
    const controller = new AbortController();
    const reason = new Enough();
    const pause: typeof DEFAULT_PORTS.pause = (ms, signal) => {
      queueMicrotask(() => controller.abort(reason));
      return DEFAULT_PORTS.pause(ms, signal);
    };
    await using scene = await openScene({ ports: { pause } });
    scene.relay.turns.push((response) => send(response, 503, {}, { 'retry-after': '30' }));
    expect(await failureOf(scene.client.submit(SUBMISSION, { signal: controller.signal }))).toBe(reason);
    expect(scene.relay.seen).toHaveLength(1);
  });

  test('that fired before the call prevents the request', async () => {
    await using scene = await openScene();
    const signal = AbortSignal.abort('a reason that is not an error');
    expect(await failureOf(scene.client.get(JOB_ID, { signal }))).toBe('a reason that is not an error');
    expect(await failureOf(scene.client.waitForResult(JOB_ID, { signal }))).toBe('a reason that is not an error');
    expect(scene.relay.seen).toHaveLength(0);
  });
});

describe('the pause of the machine’s ports', () => {
  test('ends with the signal’s reason, also when the signal fired before', async () => {
    const reason = new Enough();
    expect(await failureOf(DEFAULT_PORTS.pause(3_600_000, AbortSignal.abort(reason)))).toBe(reason);
    const controller = new AbortController();
    const pause = failureOf(DEFAULT_PORTS.pause(3_600_000, controller.signal));
    controller.abort(reason);
    expect(await pause).toBe(reason);
  });

  test('removes its listener from the signal', async () => {
    const { signal } = new AbortController();
    const listening = new Set<unknown>();
    const watched = new Proxy(signal, {
      get: (target, name) => {
        if (name === 'addEventListener') return (_: string, listener: unknown) => listening.add(listener);
        if (name === 'removeEventListener') return (_: string, listener: unknown) => listening.delete(listener);
        return Reflect.get(target, name, target);
      },
    });
    const pause = DEFAULT_PORTS.pause(1, watched);
    expect(listening.size).toBe(1);
    await pause;
    expect(listening.size).toBe(0);
  });
});
