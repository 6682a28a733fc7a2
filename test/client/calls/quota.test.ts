// Reading the quota with the client: it signs the request and reads the body of the answer.
import { describe, expect, it } from 'vitest';
import type { QuotaView } from '../../../lib/protocol/messages.ts';
import { send, sendProblem } from '../../support/agent/fake-relay.ts';
import { openScene, refusalOf } from '../call.ts';
import { WAYS } from '../credentials.ts';

const QUOTA: QuotaView = {
  month: { limit: 50_000, used: 1_200, remaining: 48_800, resetsAt: '2026-12-01T00:00:00.000Z' },
  minute: { limit: 600, used: 1, remaining: 599, resetsAt: '2026-11-22T12:01:00.000Z' },
};

it.each(WAYS)('reads the quota with a signed GET under $name', async (way) => {
  await using scene = await openScene({ way });
  const { relay, client } = scene;
  relay.turns.push((response) => send(response, 200, QUOTA));
  expect(await client.quota()).toEqual(QUOTA);
  expect(relay.seen).toMatchObject([{ method: 'GET', target: '/api/quota', verdict: 'accepted' }]);
  expect(String(relay.seen[0]?.body)).toBe('');
});

describe('reading the quota', () => {
  it('is retried after a retryable problem', async () => {
    await using scene = await openScene();
    const { relay, client } = scene;
    relay.turns.push((response) => sendProblem(response, 'dependency_unavailable', Date.now()));
    relay.turns.push((response) => send(response, 200, QUOTA));
    expect(await client.quota()).toEqual(QUOTA);
    expect(relay.seen.map(({ verdict }) => verdict)).toEqual(['accepted', 'accepted']);
  });

  it('throws when the relay refuses it', async () => {
    await using scene = await openScene();
    scene.relay.turns.push((response) => sendProblem(response, 'account_suspended', Date.now()));
    expect(await refusalOf(scene.client.quota())).toMatchObject({ code: 'account_suspended', retryable: false });
  });

  it('rejects with the reason of its signal', async () => {
    await using scene = await openScene();
    const stopped = scene.client.quota({ signal: AbortSignal.abort(new Error('enough')) });
    await expect(stopped).rejects.toThrow('enough');
    expect(scene.relay.seen).toEqual([]);
  });
});
