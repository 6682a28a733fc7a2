// Batches and timelines with the client: one signed request, and an outcome for each submission.
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

const answering =
  (body: object): Turn =>
  (response) =>
    send(response, 200, body);

describe.each(WAYS)('under $name', (way) => {
  it('sends a batch as one signed request, and returns the outcome of each submission in order', async () => {
    await using scene = await openScene({ way });
    const { relay, client } = scene;
    relay.turns.push(answering({ items: ITEMS }));
    expect(await client.batch(THREE)).toEqual([
      { job: jobOf({ rowId: '1' }, 'queued'), replayed: false },
      { problem },
      { job: jobOf({ rowId: '3' }, 'leased'), replayed: true },
    ]);
    expect(relay.seen).toMatchObject([{ method: 'POST', target: '/api/links/fetch/batch', verdict: 'accepted' }]);
    expect(JSON.parse(String(relay.seen[0]?.body))).toEqual({ jobs: THREE });
  });

  it('reads a timeline with a signed request', async () => {
    await using scene = await openScene({ way });
    const { relay, client } = scene;
    const events: readonly TimelineEvent[] = [{ at: '2026-11-22T12:00:00.000Z', type: 'accepted' }];
    relay.turns.push(answering({ events }));
    expect(await client.timeline(JOB_ID)).toEqual(events);
    const target = `/api/links/${JOB_ID}/timeline`;
    expect(relay.seen).toMatchObject([{ method: 'GET', target, verdict: 'accepted' }]);
  });
});

describe('a batch', () => {
  it('is retried as a whole after a retryable problem: the same bytes, signed again', async () => {
    await using scene = await openScene();
    const { relay, client } = scene;
    relay.turns.push((response) => sendProblem(response, 'dependency_unavailable', Date.now()));
    relay.turns.push(answering({ items: ITEMS }));
    expect(await client.batch(THREE)).toHaveLength(3);
    const [first, second] = relay.seen;
    expect(second?.body).toEqual(first?.body);
    expect(second?.headers['signature']).not.toBe(first?.headers['signature']);
  });

  it('throws when the relay refuses it as a whole', async () => {
    await using scene = await openScene();
    scene.relay.turns.push((response) => sendProblem(response, 'body_too_large', Date.now()));
    expect(await refusalOf(scene.client.batch(THREE))).toMatchObject({ code: 'body_too_large', retryable: false });
  });

  it.each([
    ['too few items', { items: ITEMS.slice(1) }],
    ['too many items', { items: [...ITEMS, ...ITEMS] }],
    ['an item without job and problem', { items: [...ITEMS.slice(1), { status: 202 }] }],
    ['no items', {}],
    ['items that are not a list', { items: 'three' }],
  ])('throws for an answer with %s, which cannot be the relay’s', async (_what, body) => {
    await using scene = await openScene();
    scene.relay.turns.push(answering(body));
    expect(await refusalOf(scene.client.batch(THREE))).toMatchObject({ code: 'http_200', retryable: false });
    expect(scene.relay.seen).toHaveLength(1);
  });
});
