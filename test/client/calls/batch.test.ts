// Batches and timelines with the client: one signed request, and an outcome for each that was handed in.
import { describe, expect, it } from 'vitest';
import type { BatchItem, ProblemDocument, TimelineEvent } from '../../../lib/protocol/messages.ts';
import { send, sendProblem } from '../../support/agent/fake-relay.ts';
import { openScene, refusalOf } from '../call.ts';
import { WAYS } from '../credentials.ts';
import { JOB_ID, jobOf, SUBMISSION, type Turn } from '../fake-relay.ts';

const problem: ProblemDocument = {
  type: 'urn:signet:problem:validation_failed',
  title: 'The body does not fit the schema',
  status: 422,
  code: 'validation_failed',
  retryable: false,
  requestId: 'request-1',
  serverTime: '2026-11-22T12:00:00.000Z',
  errors: [{ path: '/rowId', message: 'is required and must be of type string' }],
};

const THREE = ['1', '2', '3'].map((rowId) => ({ ...SUBMISSION, idempotencyKey: `row-${rowId}`, rowId }));
const ITEMS: readonly BatchItem[] = [
  { status: 202, job: jobOf({ rowId: '1' }, 'queued') },
  { status: 422, problem },
  { status: 200, job: jobOf({ rowId: '3' }, 'leased') },
];

const giving =
  (body: object): Turn =>
  (response) =>
    send(response, 200, body);

describe.each(WAYS)('under $name', (way) => {
  it('a batch is one signed request, and gives what became of each, in order', async () => {
    await using scene = await openScene({ way });
    const { relay, client } = scene;
    relay.turns.push(giving({ items: ITEMS }));
    expect(await client.batch(THREE)).toEqual([
      { job: jobOf({ rowId: '1' }, 'queued'), replayed: false },
      { problem },
      { job: jobOf({ rowId: '3' }, 'leased'), replayed: true },
    ]);
    expect(relay.seen).toMatchObject([{ method: 'POST', target: '/api/links/fetch/batch', verdict: 'accepted' }]);
    expect(JSON.parse(String(relay.seen[0]?.body))).toEqual({ jobs: THREE });
  });

  it('a timeline is read, signed', async () => {
    await using scene = await openScene({ way });
    const { relay, client } = scene;
    const events: readonly TimelineEvent[] = [{ at: '2026-11-22T12:00:00.000Z', type: 'accepted' }];
    relay.turns.push(giving({ events }));
    expect(await client.timeline(JOB_ID)).toEqual(events);
    const target = `/api/links/${JOB_ID}/timeline`;
    expect(relay.seen).toMatchObject([{ method: 'GET', target, verdict: 'accepted' }]);
  });
});

describe('a batch', () => {
  it('is repeated as a whole when the relay says so, the same bytes signed anew', async () => {
    await using scene = await openScene();
    const { relay, client } = scene;
    relay.turns.push((response) => sendProblem(response, 'dependency_unavailable', Date.now()));
    relay.turns.push(giving({ items: ITEMS }));
    expect(await client.batch(THREE)).toHaveLength(3);
    const [first, second] = relay.seen;
    expect(second?.body).toEqual(first?.body);
    expect(second?.headers['signature']).not.toBe(first?.headers['signature']);
  });

  it('that is refused as a whole is a refusal', async () => {
    await using scene = await openScene();
    scene.relay.turns.push((response) => sendProblem(response, 'body_too_large', Date.now()));
    expect(await refusalOf(scene.client.batch(THREE))).toMatchObject({ code: 'body_too_large', retryable: false });
  });

  it.each([
    ['an item short', { items: ITEMS.slice(1) }],
    ['an item too many', { items: [...ITEMS, ...ITEMS] }],
    ['an item that is neither', { items: [...ITEMS.slice(1), { status: 202 }] }],
    ['no items', {}],
    ['items that are no list', { items: 'three' }],
  ])('takes no answer with %s for the relay’s', async (_what, body) => {
    await using scene = await openScene();
    scene.relay.turns.push(giving(body));
    expect(await refusalOf(scene.client.batch(THREE))).toMatchObject({ code: 'http_200', retryable: false });
    expect(scene.relay.seen).toHaveLength(1);
  });
});
