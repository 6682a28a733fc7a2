// Retries: what the client retries, how long it waits before, and when it gives up, against a failing server.
import type { ServerResponse } from 'node:http';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { backOffMs } from '../../../lib/api/back-off.ts';
import { PROBLEMS, type ProblemCode } from '../../../lib/api/problems.ts';
import { RelayClient } from '../../../lib/client/relay-client.ts';
import { send, sendProblem } from '../../support/agent/fake-relay.ts';
import { serveHttp } from '../../support/local-server.ts';
import { openScene, refusalOf, type Scene, virtualTime } from '../call.ts';
import { WAYS, wayOf } from '../credentials.ts';
import { JOB_ID, SUBMISSION, type Turn } from '../fake-relay.ts';

const answer =
  (status: number, headers: Record<string, string> = {}): Turn =>
  (response) =>
    send(response, status, { message: 'not ours' }, headers);

const problem =
  (scene: Scene, code: ProblemCode, headers: Record<string, string> = {}): Turn =>
  (response) =>
    sendProblem(response, code, scene.time.nowMs, headers);

describe.each(WAYS)('$name', (way) => {
  test('signs each attempt again, over the same bytes', async () => {
    await using scene = await openScene({ way });
    scene.time.random = 0;
    scene.relay.turns.push(problem(scene, 'internal_error'), answer(502), answer(503, { 'retry-after': '0' }));
    expect(await scene.client.submit(SUBMISSION)).toMatchObject({ replayed: false });
    const { seen } = scene.relay;
    expect(seen.map(({ verdict }) => verdict)).toEqual(Array(4).fill('accepted'));
    expect(new Set(seen.map(({ body }) => body.toString('utf8')))).toEqual(new Set([JSON.stringify(SUBMISSION)]));
    expect(new Set(seen.map(({ verified }) => verified?.oneTimeValue.value)).size).toBe(4);
    const signatures = seen.map(({ verified }) => Buffer.from(verified?.claim.signatures[0] ?? []).toString('hex'));
    expect(new Set(signatures).size).toBe(4);
  });

  test('signs each attempt with its own time', async () => {
    await using scene = await openScene({ way });
    scene.relay.turns.push(answer(503, { 'retry-after': '7' }), answer(503, { 'retry-after': '2' }));
    await scene.client.submit(SUBMISSION);
    const [first = 0, ...later] = scene.relay.seen.map(({ verified }) => verified?.claim.timestampMs ?? 0);
    expect(later.map((at) => at - first)).toEqual([7_000, 9_000]);
  });
});

test('sends the first body in every attempt, even if the caller changes the object between them', async () => {
  await using scene = await openScene();
  const submission = { ...SUBMISSION };
  scene.relay.turns.push((response) => {
    Object.assign(submission, { rowId: 'another' });
    send(response, 503, {});
  });
  await scene.client.submit(submission);
  expect(scene.relay.seen.map(({ body }) => JSON.parse(body.toString('utf8')).rowId)).toEqual(['17', '17']);
});

describe('the client', () => {
  test.each(Object.entries(PROBLEMS))(
    'retries %s exactly when the table says so',
    async (code, { retryable, status }) => {
      await using scene = await openScene();
      scene.relay.turns.push(problem(scene, code as ProblemCode));
      const call = scene.client.submit(SUBMISSION);
      if (retryable) expect(await call).toMatchObject({ job: { jobId: JOB_ID } });
      else expect(await refusalOf(call)).toMatchObject({ code, status, retryable, problem: { code, requestId: 'r' } });
      expect(scene.relay.seen).toHaveLength(retryable ? 2 : 1);
    },
  );

  test.each([408, 425, 429, 500, 502, 503, 504, 599])('retries a %i from a proxy', async (status) => {
    await using scene = await openScene();
    scene.relay.turns.push(answer(status));
    expect(await scene.client.submit(SUBMISSION)).toMatchObject({ replayed: false });
    expect(scene.relay.seen).toHaveLength(2);
  });

  test.each([400, 401, 403, 404, 409, 410, 413, 422, 431, 451])('does not retry a %i from a proxy', async (status) => {
    await using scene = await openScene();
    scene.relay.turns.push(answer(status));
    const refusal = await refusalOf(scene.client.submit(SUBMISSION));
    expect(refusal).toMatchObject({ code: `http_${status}`, status, retryable: false, problem: undefined });
    expect(scene.relay.seen).toHaveLength(1);
  });

  test.each([
    ['before the answer', closeConnection],
    ['in the middle of the answer', closeInAnswer],
  ])('retries after the connection breaks %s', async (_, turn) => {
    await using scene = await openScene();
    scene.relay.turns.push(turn);
    expect(await scene.client.submit(SUBMISSION)).toMatchObject({ job: { jobId: JOB_ID } });
    expect(scene.relay.seen.map(({ verdict }) => verdict)).toEqual(['accepted', 'accepted']);
  });

  test('retries after an attempt without an answer in time', async () => {
    await using scene = await openScene({ attemptTimeoutMs: 100 });
    scene.relay.turns.push(() => {});
    expect(await scene.client.submit(SUBMISSION)).toMatchObject({ job: { jobId: JOB_ID } });
    // On a busy machine the next attempt may be too slow as well.
    expect(scene.relay.seen.length).toBeGreaterThanOrEqual(2);
  });
});

function closeConnection(response: ServerResponse): void {
  response.socket?.resetAndDestroy();
}

/** Sends a head and half a body, and closes the connection. */
function closeInAnswer(response: ServerResponse): void {
  response.writeHead(202, { 'content-type': 'application/json', 'content-length': '1000' });
  response.write('{"jobId":', () => response.socket?.resetAndDestroy());
}

describe('the wait', () => {
  test.each(['1', '7', '0', '58'])('is exactly the one of Retry-After: %s seconds', async (seconds) => {
    await using scene = await openScene();
    scene.time.random = 0.999;
    scene.relay.turns.push(problem(scene, 'quota_exceeded', { 'retry-after': seconds }));
    await scene.client.submit(SUBMISSION);
    expect(scene.time.waits).toEqual(seconds === '0' ? [] : [Number(seconds) * 1000]);
  });

  test('is at least a second when the profile would make the same signature again', async () => {
    await using scene = await openScene({ way: wayOf('vouchersx') });
    scene.time.random = 0;
    scene.relay.turns.push(answer(503), answer(503, { 'retry-after': '0' }));
    await scene.client.submit(SUBMISSION);
    expect(scene.time.waits).toEqual([1_000, 1_000]);
  });

  test('has full jitter otherwise, over a range that doubles', async () => {
    const randoms = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    await fc.assert(
      fc.asyncProperty(randoms, fc.integer({ min: 1, max: 4 }), async (random, failures) => {
        await using scene = await openScene();
        scene.time.random = random;
        scene.relay.turns.push(...Array(failures).fill(answer(503)));
        await scene.client.submit(SUBMISSION);
        const whole = Array.from({ length: failures }, (_, index) => backOffMs(index + 1, random));
        expect(scene.time.waits).toEqual(whole.filter((ms) => ms > 0));
        expect(scene.time.waits.every((ms, index) => ms < 2_000 * 2 ** index)).toBe(true);
      }),
      { numRuns: 8 },
    );
  });
});

describe('the client gives up', () => {
  test('when the next attempt would come after callTimeoutMs, with the last refusal of the relay', async () => {
    await using scene = await openScene({ callTimeoutMs: 20_000 });
    scene.relay.turns.push(...Array(50).fill(problem(scene, 'dependency_unavailable')));
    const refusal = await refusalOf(scene.client.submit(SUBMISSION));
    expect(refusal).toMatchObject({ code: 'dependency_unavailable', retryable: true, status: 503 });
    const waited = scene.time.waits.reduce((sum, ms) => sum + ms, 0);
    expect(waited).toBeLessThan(20_000);
    expect(waited + backOffMs(scene.time.waits.length + 1, 0.5)).toBeGreaterThanOrEqual(20_000);
  });

  test('immediately when Retry-After exceeds callTimeoutMs, with the delay in the error', async () => {
    await using scene = await openScene();
    scene.relay.turns.push(problem(scene, 'quota_exceeded', { 'retry-after': '3000' }));
    const refusal = await refusalOf(scene.client.submit(SUBMISSION));
    expect(refusal).toMatchObject({ code: 'quota_exceeded', retryable: true, retryAfterMs: 3_000_000 });
    expect(scene.time.waits).toEqual([]);
  });

  test('in the middle of an attempt when the time of the call is over', async () => {
    await using scene = await openScene({ attemptTimeoutMs: 3_600_000, callTimeoutMs: 40 });
    scene.relay.turns.push(() => {});
    const refusal = await refusalOf(scene.client.submit(SUBMISSION));
    expect(refusal).toMatchObject({ code: 'relay_unreachable', detail: 'no answer within 40 ms', status: 0 });
  });

  test('with relay_unreachable and its cause when no server listens', async () => {
    const { origin, [Symbol.asyncDispose]: close } = await serveHttp(() => {});
    await close();
    const time = virtualTime();
    const client = new RelayClient({ ...wayOf('rfc9421').credentials, baseUrl: origin, ports: time.ports });
    const refusal = await refusalOf(client.get(JOB_ID));
    expect(refusal).toMatchObject({ code: 'relay_unreachable', retryable: true, status: 0 });
    expect(refusal.detail).toBe(`${new URL(origin).host}: ECONNREFUSED`);
    expect(refusal.cause).toMatchObject({ cause: { code: 'ECONNREFUSED' } });
    expect(time.waits.length).toBeGreaterThan(3);
  });

  test.each([new TypeError('no'), 'a text', undefined])(
    'with relay_unreachable when fetch fails with %o',
    async (thrown) => {
      const fetch = () => Promise.reject(thrown);
      await using scene = await openScene({ callTimeoutMs: 1, ports: { fetch } });
      expect(await refusalOf(scene.client.get(JOB_ID))).toMatchObject({ code: 'relay_unreachable' });
    },
  );
});
