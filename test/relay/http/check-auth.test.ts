// POST /api/auth/check, the dry run: what it answers to a valid and to an invalid request, and that it creates nothing.
import { createHash, createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { IncomingRequest } from '../../../lib/relay/http/request-pipeline.ts';
import { NOW } from '../../support/relay/samples.ts';
import { createWorld, plainRequest, type World, withHeaders } from '../../support/relay/world.ts';
import { draftOf, HANDS, join, signByHand } from '../../support/signing/hand-signing.ts';
import { makePartnerOf, PARTNER_WAYS, type PartnerWay } from '../../support/signing/partner-ways.ts';

const PATH = '/api/auth/check';

/** Returns the bytes that an escaped text represents. */
function readEscaped(escaped: string): Buffer {
  const bytes = [...escaped.matchAll(/\\(?:x([0-9a-f]{2})|([nrt\\]))|([^\\])/g)].map(([, hex, named, plain]) => {
    if (hex !== undefined) return Number.parseInt(hex, 16);
    return named === undefined ? (plain ?? '').charCodeAt(0) : { n: 10, r: 13, t: 9, '\\': 92 }[named];
  });
  return Buffer.from(bytes as number[]);
}

const check = (body: Uint8Array = Buffer.alloc(0)) =>
  plainRequest({ method: 'POST', path: PATH, ...(body.length > 0 && { body: Buffer.from(body) }) });

const hashOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** Expects that nothing but the one-time value was written. */
function expectNothingCreated(world: World) {
  expect(world.ports.jobs.all()).toEqual([]);
  expect(world.ports.quota.used(world.partner.key.accountId, '2026-11')).toBe(0);
  expect(world.namesOfEvents().filter((name) => name !== 'request.refused')).toEqual([]);
}

const BODIES: Readonly<Record<string, string>> = {
  'no body': '',
  'an empty object': '{}',
  'a submission':
    '{"idempotencyKey":"order-1","trackingUrl":"https://click.example/1","source":"mail","rowId":"row-1"}',
  'a text that is not JSON': 'hello, \\ "world"\r\n\t\u0000 é',
};

describe.each(PARTNER_WAYS)('under $name', (way) => {
  it.each(Object.entries(BODIES))(
    'answers how it understood a request with %s, and creates nothing',
    async (_what, body) => {
      const world = await createWorld();
      const partner = await makePartnerOf(world, way);
      const request = world.signed(check(Buffer.from(body)), partner);
      const { status, headers, json } = await world.ask(request);
      expect([status, headers['content-type']]).toEqual([200, 'application/json']);
      const signed = readEscaped(json.signedContent.escaped);
      expect(json).toEqual({
        keyId: partner.key.keyId,
        profile: way.profile,
        algorithm: way.isHmac ? 'hmac-sha256' : 'ed25519',
        clockOffsetSeconds: way.tickMs === 1 ? 0 : -0.25,
        saw: {
          bodyBytes: Buffer.byteLength(body),
          bodySha256: hashOf(Buffer.from(body)),
          signedContentBytes: signed.length,
          signedContentSha256: hashOf(signed),
        },
        signedContent: { escaped: expect.any(String), isWhole: true },
        serverTime: new Date(NOW).toISOString(),
      });
      if (typeof partner.secret === 'string') expect(macIn(request)).toEqual(macOf(partner.secret, signed));
      expectNothingCreated(world);
    },
  );

  it('claims the one-time value', async () => {
    const world = await createWorld();
    const request = world.signed(check(Buffer.from('{}')), await makePartnerOf(world, way));
    expect((await world.ask(request)).status).toBe(200);
    expect(world.ports.oneTimeValues.count()).toBe(1);
    expect((await world.ask(request)).json.code).toBe('nonce_replayed');
  });

  it('answers a wrong signature with the exact bytes that had to be signed, and claims nothing', async () => {
    const world = await createWorld();
    const partner = await makePartnerOf(world, way);
    const draft = draftOf(way, { keyId: partner.key.keyId, credential: partner.secret, nowMs: NOW });
    let signedContent: Buffer = Buffer.alloc(0);
    const request = signByHand(
      way,
      {
        ...draft,
        edit: (content) => {
          signedContent = content;
          return join(content, 'wrong');
        },
      },
      PATH,
    );
    const { status, json } = await world.ask(request);
    expect([status, json.code]).toEqual([401, 'signature_invalid']);
    expect(readEscaped(json.signedContent.escaped)).toEqual(signedContent);
    expect([json.signedContent.isWhole, json.saw.signedContentSha256]).toEqual([true, hashOf(signedContent)]);
    expect(world.ports.oneTimeValues.count()).toBe(0);
    expectNothingCreated(world);
    const otherWorld = await createWorld();
    expect(await otherWorld.ask(request)).toEqual(await world.ask(request));
  });

  it('is the only route that shows the bytes that had to be signed', async () => {
    const world = await createWorld();
    const draft = draftOf(way, { keyId: 'nobody', credential: (await makePartnerOf(world, way)).secret, nowMs: NOW });
    const { json } = await world.ask(signByHand(way, draft));
    expect([json.code, json.signedContent]).toEqual(['signature_invalid', undefined]);
  });
});

const macOf = (secret: string, content: Uint8Array) => createHmac('sha256', secret).update(content).digest();

/** Returns the signature of a request, from the header that its profile uses. */
function macIn({ headers }: IncomingRequest): Buffer {
  const text = Object.entries(headers).find(([name]) => name.endsWith('signature'))?.[1] ?? '';
  const bare = /(?:v1=|sig=:|^)([A-Za-z0-9+/_-]{43,64}=?):?$/.exec(text)?.[1] ?? '';
  return Buffer.from(bare, bare.length === 64 ? 'hex' : 'base64');
}

describe('the signed content in the answer', () => {
  const way = PARTNER_WAYS.find(({ name }) => name === 'nitro') as PartnerWay;

  const shown = async (body: Buffer) => {
    const world = await createWorld();
    const draft = draftOf(way, { keyId: 'nobody', credential: 'sk_any', nowMs: NOW });
    const { json } = await world.ask(signByHand(way, { ...draft, body, signedBody: body }, PATH));
    return { ...json.signedContent, whole: HANDS.nitro.content({ ...draft, signedBody: body }) };
  };

  it.each([8 * 1024 - 1, 8 * 1024, 8 * 1024 + 1, 64 * 1024])(
    'is cut after 8 KiB when it has %i bytes',
    async (length) => {
      const { escaped, isWhole, whole } = await shown(Buffer.alloc(length - 13, 0xc3));
      expect(whole).toHaveLength(length);
      expect(isWhole).toBe(length <= 8 * 1024);
      expect(readEscaped(escaped)).toEqual(whole.subarray(0, 8 * 1024));
    },
  );

  it('is escaped so that any bytes can be read back', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 300 }), async (bytes) => {
        const { escaped, isWhole, whole } = await shown(Buffer.from(bytes));
        expect([readEscaped(escaped), isWhole]).toEqual([whole, true]);
        expect(escaped).toMatch(/^[\x20-\x7e]*$/);
      }),
      { numRuns: 60 },
    );
  });
});

describe('a timestamp that is out of range', () => {
  const PLACES: Readonly<Record<string, Partial<IncomingRequest>>> = {
    'a submission': { method: 'POST', path: '/api/links/fetch', body: Buffer.from('{}') },
    'a read': { path: '/api/links/job_1' },
    'the dry run': { method: 'POST', path: PATH, body: Buffer.from('{}') },
    'an agent’s pull': { method: 'POST', path: '/agent/pull', body: Buffer.from('{}') },
  };
  const cases = PARTNER_WAYS.flatMap((way) => Object.entries(PLACES).map(([where, place]) => ({ way, where, place })));

  it.each(cases)('is answered with its offset: $way.name, $where', async ({ way, place }) => {
    for (const [offsetSeconds, text] of [
      [-3600, '3600 seconds behind'],
      [7200, '7200 seconds ahead'],
    ] as const) {
      const world = await createWorld();
      world.time.nowMs -= 250;
      const partner = await makePartnerOf(world, way);
      const timestampMs = world.time.nowMs + offsetSeconds * 1000;
      const { status, json } = await world.ask(world.signed(plainRequest(place), partner, { timestampMs }));
      expect([status, json.code, json.clockOffsetSeconds, json.retryable]).toEqual([
        401,
        'timestamp_out_of_range',
        offsetSeconds,
        true,
      ]);
      expect(json.detail).toContain(`Yours is ${text}.`);
      expect(json.saw).toBeUndefined();
    }
  });

  it('is answered with its offset when it exceeds the tolerance by less than a second', async () => {
    const world = await createWorld();
    const timestampMs = NOW - 300_250;
    const { json } = await world.ask(world.signed(plainRequest(PLACES['a read']), undefined, { timestampMs }));
    expect(json).toMatchObject({ code: 'timestamp_out_of_range', clockOffsetSeconds: -300.25 });
    expect(json.detail).toContain('Yours is 300.25 seconds behind.');
  });

  it('gets the same answer when the key does not exist', async () => {
    const world = await createWorld();
    const request = world.signed(plainRequest(PLACES['a read']), undefined, { timestampMs: NOW - 400_000 });
    expect(await world.ask(request)).toEqual(await (await createWorld()).ask(request));
  });

  it('is not named as the reason when the signature has expired', async () => {
    const world = await createWorld();
    const way = PARTNER_WAYS.find(({ name }) => name === 'rfc9421') as PartnerWay;
    const { key, secret } = await makePartnerOf(world, way);
    const request = signByHand(way, draftOf(way, { keyId: key.keyId, credential: secret, nowMs: NOW - 10_000 }), PATH);
    const expires = Math.floor(NOW / 1000) - 5;
    const expired = withHeaders(request, {
      'signature-input': `${request.headers['signature-input']};expires=${expires}`,
    });
    const { json } = await world.ask(expired);
    expect(json).toMatchObject({ code: 'timestamp_out_of_range', clockOffsetSeconds: -10.25 });
    expect(json.detail).toMatch(/has expired\.$/);
    expect(json.detail).not.toMatch(/behind|ahead/);
  });
});
