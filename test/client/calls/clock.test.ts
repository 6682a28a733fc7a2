// A wrong clock: the client corrects it once in a call from the relay's answer, and a wrong answer does no lasting harm.
import { describe, expect, test } from 'vitest';
import { RelayClient } from '../../../lib/client/relay-client.ts';
import { send, sendProblem } from '../../support/agent/fake-relay.ts';
import { openScene, refusalOf, type Scene, virtualTime } from '../call.ts';
import { WAYS, wayOf } from '../credentials.ts';
import { SUBMISSION, startFakeRelay, type Turn } from '../fake-relay.ts';

const TEN_MINUTES_MS = 600_000;
const A_YEAR_MS = 31_536_000_000;

describe.each([TEN_MINUTES_MS, -TEN_MINUTES_MS, 5 * A_YEAR_MS])('a clock that is %i ms off', (offMs) => {
  test.each(WAYS)('is corrected immediately under $name, and also for later calls', async (way) => {
    const time = virtualTime();
    await using relay = await startFakeRelay(way.key, () => time.nowMs - offMs);
    const client = new RelayClient({ ...way.credentials, baseUrl: relay.origin, ports: time.ports });
    expect(await client.submit(SUBMISSION)).toMatchObject({ replayed: false });
    expect(time.waits).toEqual([]);
    time.nowMs += 1_000;
    await client.submit(SUBMISSION);
    expect(relay.seen.map(({ verdict }) => verdict)).toEqual(['timestamp_out_of_range', 'accepted', 'accepted']);
  });
});

test('the clock is corrected also after another failure', async () => {
  const time = virtualTime();
  const way = wayOf('rfc9421');
  await using relay = await startFakeRelay(way.key, () => time.nowMs + TEN_MINUTES_MS);
  relay.turns.push((response) => send(response, 503, {}));
  const client = new RelayClient({ ...way.credentials, baseUrl: relay.origin, ports: time.ports });
  expect(await client.submit(SUBMISSION)).toMatchObject({ replayed: false });
  expect(relay.seen).toHaveLength(3);
  expect(time.waits).toHaveLength(1);
});

/** Refuses with timestamp_out_of_range and this server time. */
const refuseWithTime =
  (serverTimeMs: number): Turn =>
  (response) =>
    sendProblem(response, 'timestamp_out_of_range', serverTimeMs);

const everyTurn = (scene: Scene, turn: Turn) => scene.relay.turns.push(...Array(100).fill(turn));

describe('a wrong time from the relay', () => {
  test.each([TEN_MINUTES_MS, -A_YEAR_MS])('is used at most once in a call: %i ms', async (offMs) => {
    await using scene = await openScene();
    everyTurn(scene, refuseWithTime(scene.time.nowMs + offMs));
    const refusal = await refusalOf(scene.client.submit(SUBMISSION));
    expect(refusal).toMatchObject({ code: 'timestamp_out_of_range', retryable: true });
    expect(scene.relay.seen).toHaveLength(2);
    expect(scene.time.waits).toEqual([]);
  });

  test('is corrected by the next call', async () => {
    await using scene = await openScene();
    const { nowMs } = scene.time;
    scene.relay.turns.push(refuseWithTime(nowMs + A_YEAR_MS), refuseWithTime(nowMs + 2 * A_YEAR_MS));
    await refusalOf(scene.client.submit(SUBMISSION));
    expect(await scene.client.submit(SUBMISSION)).toMatchObject({ replayed: false });
  });

  test.each([
    ['too early', Date.parse('1970-01-01T00:00:00Z')],
    ['too late', Date.parse('9999-01-01T00:00:00Z')],
  ])('is ignored when it is %s for a signature: the client waits and retries as usual', async (_, serverTimeMs) => {
    await using scene = await openScene({ callTimeoutMs: 10_000 });
    everyTurn(scene, refuseWithTime(serverTimeMs));
    expect(await refusalOf(scene.client.submit(SUBMISSION))).toMatchObject({ code: 'timestamp_out_of_range' });
    expect(scene.relay.seen).toHaveLength(scene.time.waits.length + 1);
    expect(scene.time.waits.length).toBeGreaterThan(1);
  });

  test('is ignored in an answer with another problem', async () => {
    await using scene = await openScene();
    scene.relay.turns.push((response) => sendProblem(response, 'internal_error', scene.time.nowMs + A_YEAR_MS));
    await scene.client.submit(SUBMISSION);
    expect(scene.relay.seen.map(({ verdict }) => verdict)).toEqual(['accepted', 'accepted']);
  });
});
