// Hostile JSON, sent to every route that reads a body: it is refused or accepted, and never causes a failure.
import { describe, expect, it } from 'vitest';
import { ROUTES, type RouteName } from '../../../lib/api/routes.ts';
import { OPERATIONS } from '../../../lib/relay/openapi/operations.ts';
import { outcomeOf, sendBatch } from '../../support/relay/batches.ts';
import {
  bytesOf,
  createWorld,
  plainRequest,
  sampleSubmission,
  type World,
  withHeaders,
} from '../../support/relay/world.ts';
import { ed25519Pair, signMessage } from '../../support/signing/signing.ts';

const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);

/** Hostile values by description. Each is sent as a whole body, or as one item of a batch. */
const HOSTILE: Readonly<Record<string, string>> = {
  '__proto__ with the fields in it': `{"__proto__":${JSON.stringify(sampleSubmission())}}`,
  '__proto__ that pollutes': '{"__proto__":{"isPolluted":true},"constructor":{"prototype":{"isPolluted":true}}}',
  'an object with repeated names': '{"jobId":1,"jobId":2,"rowId":"a","rowId":"b"}',
  'a lone surrogate in a value': '{"idempotencyKey":"\\ud800"}',
  'a lone surrogate in a name': '{"\\udfff":1}',
  'a reversed surrogate pair': '{"idempotencyKey":"\\ude00\\ud83d"}',
  '30,000 nested arrays': nested(30_000),
  '10,000 nested objects': `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`,
  'numbers too large for a double': '{"want":1e999,"rowId":-1e999}',
  'a long number': `{"want":${'9'.repeat(10_000)}}`,
  null: 'null',
};

/** Returns a request with this body, signed as the route's audience signs. */
function signed(world: World, name: RouteName, body: Buffer) {
  const { method, path, audience } = ROUTES[name];
  const request = plainRequest({ method, path, body });
  if (audience === 'partner') return world.signed(request);
  if (audience === 'agent') return world.signedByAgent(body);
  const keyId = 'If4x36FUomFia_hUBG_SJxt77UtqvkWqWId-9H-XIbk';
  const signing = { keyId, timestampMs: world.time.nowMs, nonce: 'nonce-of-nobody-here', tag: 'signet-enroll' };
  return withHeaders(request, signMessage(request, ed25519Pair(1).privateKey, signing));
}

/** The routes whose body has a schema. The dry run is not among them: its body may be anything. */
const READING = (Object.keys(ROUTES) as RouteName[]).filter((name) => OPERATIONS[name].body?.schema !== undefined);

it('covers every route that reads a body', () => {
  expect(READING).toEqual(
    expect.arrayContaining(['submitLink', 'submitBatch', 'cancelLink', 'enrollAgent', 'pullJobs']),
  );
});

describe.each(READING)('the body of %s', (name) => {
  it.each(Object.entries(HOSTILE))('is refused, and creates nothing: %s', async (_what, text) => {
    const world = await createWorld();
    const { status, json } = await world.ask(signed(world, name, bytesOf(text)));
    expect([status, json.code, json.retryable]).toEqual([422, 'validation_failed', false]);
    expect(world.ports.jobs.all()).toEqual([]);
    expect(({} as { isPolluted?: boolean }).isPolluted).toBeUndefined();
  });

  it('is refused for its depth or its size when it has 100,000 nested arrays', async () => {
    const world = await createWorld();
    const { json } = await world.ask(signed(world, name, bytesOf(nested(100_000))));
    expect(json.code).toBe(ROUTES[name].bodyLimitBytes < 200_000 ? 'body_too_large' : 'validation_failed');
  });
});

describe('an item of a batch', () => {
  const good = JSON.stringify(sampleSubmission());
  const among = (text: string) => `{"jobs":[${good},${text},${good}]}`;
  const shallow = Object.entries(HOSTILE).filter(([what]) => !/nested|repeated/.test(what));

  it.each(shallow)('is refused alone: %s', async (_what, text) => {
    const world = await createWorld();
    const items = (await sendBatch(world, among(text))).json.items;
    expect(items.map(outcomeOf)).toEqual([202, 'validation_failed', 200]);
    expect(({} as { isPolluted?: boolean }).isPolluted).toBeUndefined();
  });

  it.each([30_000, 100_000])(
    'is refused with the whole batch, before it is parsed, when it has %i nested arrays',
    async (depth) => {
      const world = await createWorld();
      expect((await sendBatch(world, among(nested(depth)))).json.code).toBe('validation_failed');
      expect(world.ports.jobs.all()).toEqual([]);
    },
  );
});

describe('a submission with one fault', () => {
  const spoilt = (where: string, what: string) =>
    JSON.stringify(sampleSubmission({ metadata: {} })).replace(where, what);
  it.each([
    ['__proto__ beside its fields', spoilt('{', '{"__proto__":{},')],
    ['__proto__ in its metadata', spoilt('"metadata":{', '"metadata":{"__proto__":null')],
    ['a lone surrogate in its metadata', spoilt('"metadata":{', '"metadata":{"a":["\\ud800"]')],
    ['a lone surrogate in a name of its metadata', spoilt('"metadata":{', '"metadata":{"\\ud800":1')],
    ['a number too large for a double in its metadata', spoilt('"metadata":{', '"metadata":{"a":1e999')],
  ])('is refused, alone and in a batch: %s', async (_what, text) => {
    const world = await createWorld();
    expect((await world.submit(text)).json.code).toBe('validation_failed');
    expect((await sendBatch(world, `{"jobs":[${text}]}`)).json.items.map(outcomeOf)).toEqual(['validation_failed']);
    expect(world.ports.jobs.all()).toEqual([]);
  });
});

describe('a repeated name', () => {
  it.each([
    ['in a submission', (job: string) => job.replace('{', '{"rowId":"other",'), '/rowId'],
    ['written with an escape', (job: string) => job.replace('{', '{"row\\u0049d":"other",'), '/rowId'],
    [
      'deep inside',
      (job: string) => job.replace('{', '{"metadata":{"a":[1,{"b/c":1,"b/c":2}]},'),
      '/metadata/a/1/b~1c',
    ],
  ])('is refused with its place, and creates no job: %s', async (_where, change, path) => {
    const world = await createWorld();
    const { status, json } = await world.submit(change(JSON.stringify(sampleSubmission())));
    expect([status, json.code, json.errors?.[0]?.path]).toEqual([422, 'validation_failed', path]);
    expect(json.detail).toMatch(/a member twice/);
    expect(world.ports.jobs.all()).toEqual([]);
  });

  it('is refused for a whole batch, because two parsers may read different items', async () => {
    const world = await createWorld();
    const [first, second] = [JSON.stringify(sampleSubmission()), JSON.stringify(sampleSubmission())];
    for (const body of [
      `{"jobs":[${first}],"jobs":[${second}]}`,
      `{"jobs":[${first},${second.replace('{', '{"rowId":7,')}]}`,
    ])
      expect(await sendBatch(world, body)).toMatchObject({ status: 422, json: { code: 'validation_failed' } });
    expect(world.ports.jobs.all()).toEqual([]);
  });

  it('may occur in several objects, and may be equal to a value', async () => {
    const world = await createWorld();
    const metadata = { a: { x: 'x' }, b: { x: ['b', 'b', '"x":1,"x":2'] }, x: {} };
    expect((await world.submit(sampleSubmission({ metadata }))).status).toBe(202);
  });
});

describe('the encoding', () => {
  const text = JSON.stringify(sampleSubmission({ source: 'mäil' }));

  it.each([
    ['a byte order mark', Buffer.from(`\ufeff${text}`), /byte order mark/],
    ['Latin-1', Buffer.from(text, 'latin1'), /not UTF-8.*Latin-1/],
    ['UTF-16', Buffer.from(`\ufeff${text}`, 'utf16le'), /not UTF-8.*UTF-16/],
  ])('is named: %s', async (_what, body, detail) => {
    const world = await createWorld();
    expect(await world.ask(signed(world, 'submitLink', body))).toMatchObject({
      status: 422,
      json: { code: 'validation_failed', detail: expect.stringMatching(detail) },
    });
  });
});
