// Waiting for a job: the polls become less frequent, and the wait ends with the job, the time limit or an error.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { StillPending } from '../../../lib/client/relay-error.ts';
import { JOB_STATES, type JobState } from '../../../lib/protocol/messages.ts';
import { send, sendProblem } from '../../support/agent/fake-relay.ts';
import { openScene, refusalOf } from '../call.ts';
import { JOB_ID, jobOf, type Turn } from '../fake-relay.ts';

const show =
  (state: string): Turn =>
  (response) =>
    send(response, 200, jobOf({}, state as JobState));

const OPEN: readonly JobState[] = ['queued', 'leased'];

describe('the wait', () => {
  test.each(JOB_STATES)('ends exactly if the state is terminal: %s', async (state) => {
    await using scene = await openScene();
    scene.relay.state = 'completed';
    scene.relay.turns.push(show('queued'), show('leased'), show(state));
    expect((await scene.client.waitForResult(JOB_ID)).state).toBe(OPEN.includes(state) ? 'completed' : state);
    expect(scene.relay.seen).toHaveLength(OPEN.includes(state) ? 4 : 3);
  });

  test('needs no pause when the job has ended at the first poll', async () => {
    await using scene = await openScene();
    scene.relay.state = 'completed';
    const done = await scene.client.waitForResult(JOB_ID);
    expect(done.result?.finalUrl).toBe('https://shop.example/');
    expect(scene.time.waits).toEqual([]);
  });

  test.each(['paused', 'toString', ''])(
    'does not end in a state that this version does not know: %j',
    async (state) => {
      await using scene = await openScene();
      scene.relay.turns.push(show(state));
      scene.relay.state = 'failed';
      expect(await scene.client.waitForResult(JOB_ID)).toMatchObject({ state: 'failed' });
    },
  );
});

describe('the polls', () => {
  test('become less frequent, with jitter, up to ten seconds apart', async () => {
    const randoms = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    await fc.assert(
      fc.asyncProperty(randoms, async (random) => {
        await using scene = await openScene();
        scene.time.random = random;
        scene.relay.turns.push(...Array(12).fill(show('leased')));
        scene.relay.state = 'completed';
        await scene.client.waitForResult(JOB_ID);
        const { waits } = scene.time;
        expect(waits).toHaveLength(12);
        expect(waits).toEqual(waits.toSorted((a, b) => a - b));
        expect(waits[0]).toBeGreaterThanOrEqual(375);
        expect(waits[0]).toBeLessThanOrEqual(625);
        expect(waits[11]).toBeGreaterThanOrEqual(7_500);
        expect(waits[11]).toBeLessThanOrEqual(12_500);
      }),
      { numRuns: 4 },
    );
  });

  test('are each signed again', async () => {
    await using scene = await openScene();
    scene.relay.turns.push(show('queued'), show('queued'));
    scene.relay.state = 'completed';
    await scene.client.waitForResult(JOB_ID);
    const values = scene.relay.seen.map(({ verified }) => verified?.oneTimeValue.value);
    expect(new Set(values).size).toBe(3);
  });
});

describe('the time limit', () => {
  test('is used completely: the last poll comes at its end', async () => {
    await using scene = await openScene();
    const startMs = scene.time.nowMs;
    const pending = await scene.client.waitForResult(JOB_ID, { timeoutMs: 3_000 }).catch((error: unknown) => error);
    expect(pending).toBeInstanceOf(StillPending);
    expect(pending).toMatchObject({ name: 'StillPending', jobId: JOB_ID, message: expect.stringContaining('3000 ms') });
    expect(scene.time.nowMs - startMs).toBe(3_000);
    expect(scene.relay.seen).toHaveLength(scene.time.waits.length + 1);
  });

  test('of zero allows one poll', async () => {
    await using scene = await openScene();
    await expect(scene.client.waitForResult(JOB_ID, { timeoutMs: 0 })).rejects.toBeInstanceOf(StillPending);
    expect(scene.relay.seen).toHaveLength(1);
    scene.relay.state = 'completed';
    expect(await scene.client.waitForResult(JOB_ID, { timeoutMs: 0 })).toMatchObject({ state: 'completed' });
  });

  test('ends the wait with the pending reason of the last poll', async () => {
    await using scene = await openScene();
    const waiting = { ...jobOf({}, 'queued'), pendingReason: 'no_agent_online' } as const;
    const busy: Turn = (response) => send(response, 200, waiting);
    scene.relay.turns.push(busy, show('leased'));
    const giveUp = () => scene.client.waitForResult(JOB_ID, { timeoutMs: 0 }).catch((error: unknown) => error);
    expect(await giveUp()).toMatchObject({ jobId: JOB_ID, pendingReason: 'no_agent_online' });
    expect(await giveUp()).toMatchObject({ jobId: JOB_ID, pendingReason: undefined });
  });
});

describe('failed polls', () => {
  test('do not end the wait when they are retryable, even if one poll uses all its attempts', async () => {
    await using scene = await openScene({ callTimeoutMs: 5_000 });
    const unavailable: Turn = (response) => sendProblem(response, 'dependency_unavailable', scene.time.nowMs);
    scene.relay.turns.push(show('queued'), ...Array(20).fill(unavailable));
    scene.relay.state = 'completed';
    expect(await scene.client.waitForResult(JOB_ID)).toMatchObject({ state: 'completed' });
    expect(scene.relay.seen).toHaveLength(22);
  });

  test('are the cause of the error when the time limit comes', async () => {
    await using scene = await openScene({ callTimeoutMs: 5_000 });
    scene.relay.turns.push(...Array(200).fill((response: Parameters<Turn>[0]) => send(response, 502, {})));
    const pending = await scene.client.waitForResult(JOB_ID, { timeoutMs: 20_000 }).catch((error: unknown) => error);
    expect(pending).toBeInstanceOf(StillPending);
    expect(pending).toMatchObject({ cause: { code: 'http_502', status: 502 } });
  });

  test.each(['not_found', 'signature_invalid', 'account_suspended'] as const)('end the wait with %s', async (code) => {
    await using scene = await openScene();
    scene.relay.turns.push(show('queued'), (response) => sendProblem(response, code, scene.time.nowMs));
    expect(await refusalOf(scene.client.waitForResult(JOB_ID))).toMatchObject({ code });
    expect(scene.relay.seen).toHaveLength(2);
  });
});

test('an AbortSignal ends the wait between two polls with its reason', async () => {
  const controller = new AbortController();
  const reason = new Error('enough');
  const pause = async (_: number, signal?: AbortSignal) => {
    controller.abort(reason);
    signal?.throwIfAborted();
  };
  await using scene = await openScene({ ports: { pause } });
  const failure = await scene.client
    .waitForResult(JOB_ID, { signal: controller.signal })
    .catch((error: unknown) => error);
  expect(failure).toBe(reason);
  expect(scene.relay.seen).toHaveLength(1);
});
