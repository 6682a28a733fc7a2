// Canceling and listing with the client: it requests each page only when it is needed, and signs the sent query.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JobPage } from '../../../lib/client/relay-client.ts';
import { JOB_STATES } from '../../../lib/protocol/messages.ts';
import { send, sendProblem } from '../../support/agent/fake-relay.ts';
import { openScene, refusalOf } from '../call.ts';
import { WAYS } from '../credentials.ts';
import { JOB_ID, jobOf, type Turn } from '../fake-relay.ts';

const page = (rowIds: readonly string[], cursor?: string): JobPage => ({
  jobs: rowIds.map((rowId) => jobOf({ rowId }, 'queued')),
  cursor,
});
const answering =
  (body: object): Turn =>
  (response) =>
    send(response, 200, body);

describe.each(WAYS)('under $name', (way) => {
  it('cancels with a POST of the job’s id, and returns the job', async () => {
    await using scene = await openScene({ way });
    const { relay, client } = scene;
    relay.turns.push(answering(jobOf({}, 'canceled')));
    expect(await client.cancel(JOB_ID)).toEqual(jobOf({}, 'canceled'));
    expect(relay.seen).toMatchObject([{ method: 'POST', target: '/api/links/cancel', verdict: 'accepted' }]);
    expect(JSON.parse(String(relay.seen[0]?.body))).toEqual({ jobId: JOB_ID });
  });

  it('lists page by page, and signs each query', async () => {
    await using scene = await openScene({ way });
    const { relay, client } = scene;
    relay.turns.push(answering(page(['1', '2'], 'c-1')), answering(page([], 'c-2')), answering(page(['3'])));
    const jobs = await Array.fromAsync(client.list({ state: 'queued' }));
    expect(jobs.map(({ rowId }) => rowId)).toEqual(['1', '2', '3']);
    expect(relay.seen.map(({ method, target, verdict }) => [method, target, verdict])).toEqual([
      ['GET', '/api/links?state=queued', 'accepted'],
      ['GET', '/api/links?state=queued&cursor=c-1', 'accepted'],
      ['GET', '/api/links?state=queued&cursor=c-2', 'accepted'],
    ]);
  });
});

describe('a cancel', () => {
  it('is retried after a retryable problem, signed again', async () => {
    await using scene = await openScene();
    const { relay, client } = scene;
    relay.turns.push((response) => sendProblem(response, 'dependency_unavailable', Date.now()));
    relay.turns.push(answering(jobOf({}, 'canceled')));
    expect((await client.cancel(JOB_ID)).state).toBe('canceled');
    const [first, second] = relay.seen;
    expect(second?.body).toEqual(first?.body);
    expect(second?.headers['signature']).not.toBe(first?.headers['signature']);
    expect(relay.seen.map(({ verdict }) => verdict)).toEqual(['accepted', 'accepted']);
  });

  it('of a job that has ended throws without a retry', async () => {
    await using scene = await openScene();
    const { relay, client } = scene;
    relay.turns.push((response) => sendProblem(response, 'job_finished', Date.now()));
    const refusal = await refusalOf(client.cancel(JOB_ID));
    expect(refusal).toMatchObject({ code: 'job_finished', status: 409, retryable: false });
    expect(relay.seen).toHaveLength(1);
  });
});

describe('a list', () => {
  it('requests the next page only when the reader gets to it', async () => {
    await using scene = await openScene();
    const { relay, client } = scene;
    relay.turns.push(answering(page(['1', '2'], 'c-1')));
    for await (const { rowId } of client.list()) if (rowId === '2') break;
    expect(relay.seen.map(({ target }) => target)).toEqual(['/api/links']);
  });

  it('requests nothing before it is read', async () => {
    await using scene = await openScene();
    scene.client.list();
    expect(scene.relay.seen).toEqual([]);
  });

  it('throws for a refused page after returning the jobs before it', async () => {
    await using scene = await openScene();
    const { relay, client } = scene;
    relay.turns.push(answering(page(['1'], 'c-1')), (response) => sendProblem(response, 'not_permitted', Date.now()));
    const jobs = client.list();
    expect((await jobs.next()).value?.rowId).toBe('1');
    expect((await refusalOf(jobs.next())).code).toBe('not_permitted');
  });

  it('rejects with the reason of its signal', async () => {
    await using scene = await openScene();
    const { relay, client } = scene;
    const controller = new AbortController();
    relay.turns.push(answering(page(['1'], 'c-1')));
    relay.turns.push(() => controller.abort(new Error('enough')));
    const jobs = client.list({}, { signal: controller.signal });
    await jobs.next();
    await expect(jobs.next()).rejects.toThrow('enough');
  });

  it('sends every filter in a query that it also signs, with any idempotency key', async () => {
    await using scene = await openScene();
    const { relay, client } = scene;
    const character = fc
      .oneof(fc.integer({ min: 0, max: 0x7f }), fc.integer({ min: 0xe000, max: 0x10ffff }))
      .map((point) => String.fromCodePoint(point));
    const filter = fc.record(
      {
        idempotencyKey: fc.array(character, { minLength: 1, maxLength: 60 }).map((all) => all.join('')),
        state: fc.constantFrom(...JOB_STATES),
        since: fc.date({ min: new Date(0), max: new Date('9999-01-01'), noInvalidDate: true }),
        cursor: fc.base64String({ minLength: 1 }),
      },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(filter, async (input) => {
        relay.turns.push(answering(page(['1'])));
        expect(await client.listPage(input)).toEqual(JSON.parse(JSON.stringify(page(['1']))));
        const { target = '', verdict } = relay.seen.at(-1) ?? {};
        const sent = target.split('?')[1]?.split('&') ?? [];
        const read = sent.map((part) => part.split('=').map(decodeURIComponent));
        const given = Object.entries({ ...input, since: input.since?.toISOString() });
        expect(read.toSorted()).toEqual(given.filter(([, text]) => text !== undefined).toSorted());
        expect(verdict).toBe('accepted');
        expect(target).not.toContain('+');
      }),
      { numRuns: 30, examples: [[{ idempotencyKey: "it's (1+1)*2 ~ 50% & more" }]] },
    );
  });
});
