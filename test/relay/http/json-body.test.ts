// parseJsonBody: hostile bodies never cause an exception, and every refusal has a path and a sentence.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../lib/api/limits.ts';
import { parseJsonBody } from '../../../lib/relay/http/json-body.ts';
import { enrollRequest, linkSubmission, pullRequest } from '../../../lib/relay/model/schemas.ts';
import { bytesOf, createWorld, sampleSubmission } from '../../support/relay/world.ts';

/** Returns a valid submission as text, with the given text as its metadata. */
function withMetadata(metadata: string): string {
  return JSON.stringify(sampleSubmission()).replace(/\}$/, `,"metadata":${metadata}}`);
}

const nested = (depth: number, inside = '1') => '['.repeat(depth) + inside + ']'.repeat(depth);

const HOSTILE: readonly (readonly [string, string | Buffer])[] = [
  ['only a space', Buffer.from(' ')],
  ['a text that is not JSON', 'hello'],
  ['an object that is not closed', '{"idempotencyKey":"a"'],
  ['a comment', '{} // really'],
  ['two values', '{}{}'],
  ['single quotes', "{'a':1}"],
  ['a trailing comma', '{"a":1,}'],
  ['a byte order mark', `\ufeff${JSON.stringify(sampleSubmission())}`],
  ['bytes that are not UTF-8', Buffer.from([0x7b, 0xff, 0xfe, 0x7d])],
  ['UTF-16', Buffer.from(JSON.stringify(sampleSubmission()), 'utf16le')],
  ['a surrogate in UTF-8', Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22])],
  ['null', 'null'],
  ['a number', '7'],
  ['a text', '"{}"'],
  ['a list', '[]'],
  ['an empty object', '{}'],
  ['eleven levels', withMetadata(`{"a":${nested(9)}}`)],
  ['30,000 levels', nested(30_000)],
  ['levels that are never closed', '['.repeat(60_000)],
  ['levels that are never opened', ']'.repeat(60_000)],
  ['nested objects', '{"a":'.repeat(10_000)],
  ['a quote that is never closed', '"'.repeat(60_001)],
  ['a number too large for a double', withMetadata('{"a":1e400}')],
  ['a negative number too large for a double', withMetadata('{"a":[-1e999999]}')],
  ['a lone surrogate in a value', withMetadata('{"a":"\\ud800"}')],
  ['a lone surrogate in a name', withMetadata('{"\\udfff":1}')],
  ['a lone surrogate in the idempotency key', JSON.stringify(sampleSubmission()).replace('"order-', '"\\ud83d')],
  ['a reversed surrogate pair', withMetadata('{"a":"\\ude00\\ud83d"}')],
  ['__proto__ beside the fields', '{"__proto__":{"idempotencyKey":"a"}}'],
  ['constructor', '{"constructor":{"prototype":{"polluted":true}}}'],
  ['toString', JSON.stringify({ ...sampleSubmission(), toString: 1 })],
  ['a list as the metadata', withMetadata('[1]')],
  ['null as the metadata', withMetadata('null')],
  ['metadata that is too large', withMetadata(JSON.stringify({ a: 'x'.repeat(2_048) }))],
];

describe('a hostile body', () => {
  it.each(HOSTILE)('is refused with 422: %s', async (_what, body) => {
    const world = await createWorld();
    const answer = await world.submit(bytesOf(body));
    expect(answer).toMatchObject({ status: 422, json: { code: 'validation_failed', retryable: false } });
    expect(answer.json.detail ?? answer.json.errors).toBeTruthy();
    expect(world.ports.jobs.all()).toEqual([]);
  });

  it('is refused in a pull too, whose body may be larger: 100,000 nested arrays', async () => {
    const world = await createWorld();
    const deep = await world.ask(world.signedByAgent(nested(100_000)));
    expect(deep).toMatchObject({ status: 422, json: { detail: 'Nest at most 10 objects or arrays.' } });
  });

  it('does not change the prototype of objects', async () => {
    const world = await createWorld();
    await world.submit('{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}');
    await world.submit(withMetadata('{"__proto__":{"polluted":true}}'));
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  it('gets a limited list of errors when it has many', async () => {
    const many = Object.fromEntries(Array.from({ length: 5_000 }, (_, index) => [`k${index}`, 1]));
    const world = await createWorld();
    const answer = await world.submit(many);
    expect(answer.json.errors).toHaveLength(LIMITS.validationErrors);
    expect(answer.text.length).toBeLessThan(4_000);
    expect(JSON.stringify(world.events).length).toBeLessThan(4_000);
  });
});

describe('an unusual body', () => {
  it.each([
    ['ten levels', withMetadata(`{"a":${nested(8)}}`)],
    ['brackets inside texts', withMetadata(JSON.stringify({ a: '[[[[[[[[[[[[{{{{"\\"[[[' }))],
    ['a large number', withMetadata('{"a":12345678901234567890,"b":1e300,"d":5e-324,"e":0.1}')],
    ['escapes that are well formed', withMetadata('{"\\ud83d\\ude00":"\\u0000\\uffff\\u2028"}')],
    ['a text that looks like an escape', withMetadata('{"a":"\\\\ud800"}')],
  ])('is accepted, and its metadata is returned unchanged: %s', async (_what, body) => {
    const world = await createWorld();
    const first = await world.submit(body);
    expect(first.status).toBe(202);
    const { metadata } = JSON.parse(body);
    expect(first.json.metadata).toEqual(metadata);
    expect((await world.get(`/api/links/${first.json.jobId}`)).json.metadata).toEqual(metadata);
    expect((await world.submit(body)).status).toBe(200);
  });
});

describe('validation', () => {
  it.each([
    [{ idempotencyKey: undefined }, '/idempotencyKey', 'is required and must be of type string'],
    [{ idempotencyKey: '' }, '/idempotencyKey', 'must not be empty'],
    [{ idempotencyKey: 'x'.repeat(256) }, '/idempotencyKey', 'must be at most 255 characters long'],
    [{ idempotencyKey: 7 }, '/idempotencyKey', 'must be of type string'],
    [{ rowId: 'x'.repeat(256) }, '/rowId', 'must be at most 255 characters long'],
    [{ source: 'x'.repeat(65) }, '/source', 'must be at most 64 characters long'],
    [{ trackingUrl: `https://e.com/${'x'.repeat(4_083)}` }, '/trackingUrl', 'must be at most 4096 bytes long'],
    [{ pool: 'Upper' }, '/pool', 'must match /^[a-z0-9]{1,20}$/'],
    [{ context: { userAgent: 7 } }, '/context/userAgent', 'must be of type string'],
    [{ context: { cookie: 'x' } }, '/context/cookie', 'is not a field of this request; remove it'],
    [{ 'a/b~c': 1 }, '/a~1b~0c', 'is not a field of this request; remove it'],
    [{ metadata: { a: 'ü'.repeat(1_030) } }, '/metadata', 'must be at most 2048 bytes of JSON together with context'],
  ])('refuses %j, and names %s', async (overrides, path, message) => {
    const answer = await (await createWorld()).submit(sampleSubmission(overrides));
    expect(answer).toMatchObject({ status: 422, json: { code: 'validation_failed', errors: [{ path, message }] } });
  });

  it('lists every error', async () => {
    const answer = await (await createWorld()).submit({ trackingUrl: 'https://e.com', extra: 1 });
    const paths = answer.json.errors.map(({ path }: { path: string }) => path);
    expect(paths.toSorted()).toEqual(['/extra', '/idempotencyKey', '/rowId', '/source']);
  });

  it('accepts every field at its limit', async () => {
    const trackingUrl = 'https://e.com/'.padEnd(4_096, 'x');
    const at = { idempotencyKey: 'k'.repeat(255), rowId: 'r'.repeat(255), source: 's'.repeat(64), trackingUrl };
    expect((await (await createWorld()).submit(at)).status).toBe(202);
  });

  it.each([
    { want: -1 },
    { want: 11 },
    { want: 1.5 },
    { want: '1' },
    { want: 1, waitSeconds: 21 },
    { want: 1, results: Array.from({ length: 11 }, () => ({})) },
    { want: 1, renew: [{}] },
    { want: 1, release: [{ jobId: 'job_1' }] },
    { want: 1, pace: '' },
    { want: 1, idempotencyKey: 'a' },
  ])('refuses a pull with %j', async (input) => {
    expect((await (await createWorld()).pull(input as never)).json).toMatchObject({ code: 'validation_failed' });
  });

  it.each([
    ['fence', 0],
    ['fence', 1e300],
    ['fence', 1.5],
    ['createdAt', 'yesterday'],
    ['createdAt', '2026-02-30T00:00:00Z'],
    ['createdAt', '2026-11-22T12:00:00+01:00'],
    ['createdAt', '+012026-11-22T12:00:00Z'],
    ['leaseUntil', 7],
    ['jobId', 'job_1'],
    ['jobId', `job_${'a'.repeat(53)}`],
    ['receipt', ''],
  ])('refuses a lease whose %s is %j', async (field, value) => {
    const lease = {
      jobId: `job_${'a'.repeat(52)}`,
      createdAt: '2026-11-22T12:00:00.250Z',
      fence: 1,
      leaseUntil: '2026-11-22T12:02:00.250Z',
      receipt: 'receipt',
    };
    expect((await (await createWorld()).pull({ renew: [lease] })).status).toBe(200);
    const answer = await (await createWorld()).pull({ renew: [{ ...lease, [field]: value }] });
    expect(answer.json).toMatchObject({ code: 'validation_failed', errors: [{ path: `/renew/0/${field}` }] });
  });
});

describe('parseJsonBody', () => {
  const schemas = [linkSubmission, pullRequest, enrollRequest];

  it('parses or refuses any bytes, and never throws', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.constantFrom(...schemas), (bytes, schema) => {
        expect(typeof parseJsonBody(schema as never, bytes).ok).toBe('boolean');
      }),
      { numRuns: 500 },
    );
  });

  it('parses or refuses any JSON, and never throws', () => {
    fc.assert(
      fc.property(fc.json({ stringUnit: 'binary', maxDepth: 12 }), fc.constantFrom(...schemas), (text, schema) => {
        expect(typeof parseJsonBody(schema as never, Buffer.from(text)).ok).toBe('boolean');
      }),
      { numRuns: 500 },
    );
  });

  it('accepts a body under one schema only, so that a body signed for one route fits no other', () => {
    const bodies = [sampleSubmission(), { want: 1 }, { token: 'a'.repeat(43), publicKey: 'b'.repeat(43) }];
    for (const [index, body] of bodies.entries()) {
      const fits = schemas.map((schema) => parseJsonBody(schema as never, bytesOf(body)).ok);
      expect(fits).toEqual(schemas.map((_, at) => at === index));
    }
  });
});
