// POST /api/auth/check: the dry run. What it tells of a good request and of a bad one, and what it leaves alone.
import { createHash, createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { IncomingRequest } from '../../../lib/relay/http/request-pipeline.ts';
import { NOW } from '../../support/relay/samples.ts';
import { createWorld, plainRequest, type World, withHeaders } from '../../support/relay/world.ts';
import { draftOf, HANDS, join, signByHand } from '../../support/signing/hand-signing.ts';
import { makePartnerOf, PARTNER_WAYS, type PartnerWay } from '../../support/signing/partner-ways.ts';

const PATH = '/api/auth/check';

/** What `escaped` stands for, read back by the rule that it is written by. */
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

/** Nothing but the one-time value is written. */
function expectNothingMade(world: World) {
  expect(world.ports.jobs.all()).toEqual([]);
  expect(world.ports.quota.used(world.partner.key.accountId, '2026-11')).toBe(0);
  expect(world.namesOfEvents().filter((name) => name !== 'request.refused')).toEqual([]);
}

const BODIES: Readonly<Record<string, string>> = {
  'no body': '',
  'an empty object': '{}',
  'a submission':
    '{"idempotencyKey":"order-1","trackingUrl":"https://click.example/1","source":"mail","rowId":"row-1"}',
  'no JSON': 'hello, \\ "world"\r\n\t\u0000 é',
};

describe.each(PARTNER_WAYS)('under $name', (way) => {
  it.each(Object.entries(BODIES))(
    'says how it understood a request with %s, and makes nothing',
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
      expectNothingMade(world);
    },
  );

  it('spends the one-time value', async () => {
    const world = await createWorld();
    const request = world.signed(check(Buffer.from('{}')), await makePartnerOf(world, way));
    expect((await world.ask(request)).status).toBe(200);
    expect(world.ports.oneTimeValues.count()).toBe(1);
    expect((await world.ask(request)).json.code).toBe('nonce_replayed');
  });

  it('shows a wrong signature exactly what had to be signed, and spends nothing', async () => {
    const world = await createWorld();
    const partner = await makePartnerOf(world, way);
    const draft = draftOf(way, { keyId: partner.key.keyId, credential: partner.secret, nowMs: NOW });
    let right: Buffer = Buffer.alloc(0);
    const request = signByHand(
      way,
      {
        ...draft,
        edit: (content) => {
          right = content;
          return join(content, 'wrong');
        },
      },
      PATH,
    );
    const { status, json } = await world.ask(request);
    expect([status, json.code]).toEqual([401, 'signature_invalid']);
    expect(readEscaped(json.signedContent.escaped)).toEqual(right);
    expect([json.signedContent.isWhole, json.saw.signedContentSha256]).toEqual([true, hashOf(right)]);
    expect(world.ports.oneTimeValues.count()).toBe(0);
    expectNothingMade(world);
    const elsewhere = await createWorld();
    expect(await elsewhere.ask(request)).toEqual(await world.ask(request));
  });

  it('shows what had to be signed nowhere else', async () => {
    const world = await createWorld();
    const draft = draftOf(way, { keyId: 'nobody', credential: (await makePartnerOf(world, way)).secret, nowMs: NOW });
    const { json } = await world.ask(signByHand(way, draft));
    expect([json.code, json.signedContent]).toEqual(['signature_invalid', undefined]);
  });
});

const macOf = (secret: string, content: Uint8Array) => createHmac('sha256', secret).update(content).digest();

/** The one signature of a request, wherever its profile has it. */
function macIn({ headers }: IncomingRequest): Buffer {
  const text = Object.entries(headers).find(([name]) => name.endsWith('signature'))?.[1] ?? '';
  const bare = /(?:v1=|sig=:|^)([A-Za-z0-9+/_-]{43,64}=?):?$/.exec(text)?.[1] ?? '';
  return Buffer.from(bare, bare.length === 64 ? 'hex' : 'base64');
}

describe('what had to be signed', () => {
  const way = PARTNER_WAYS.find(({ name }) => name === 'nitro') as PartnerWay;

  const shown = async (body: Buffer) => {
    const world = await createWorld();
    const draft = draftOf(way, { keyId: 'nobody', credential: 'sk_any', nowMs: NOW });
    const { json } = await world.ask(signByHand(way, { ...draft, body, signedBody: body }, PATH));
    return { ...json.signedContent, whole: HANDS.nitro.content({ ...draft, signedBody: body }) };
  };

  it.each([8 * 1024 - 1, 8 * 1024, 8 * 1024 + 1, 64 * 1024])('of %i bytes is shown up to 8 KiB', async (length) => {
    const { escaped, isWhole, whole } = await shown(Buffer.alloc(length - 13, 0xc3));
    expect(whole).toHaveLength(length);
    expect(isWhole).toBe(length <= 8 * 1024);
    expect(readEscaped(escaped)).toEqual(whole.subarray(0, 8 * 1024));
  });

  it('is shown byte for byte, whatever the bytes are', async () => {
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

describe('a clock that is off', () => {
  const PLACES: Readonly<Record<string, Partial<IncomingRequest>>> = {
    'a submission': { method: 'POST', path: '/api/links/fetch', body: Buffer.from('{}') },
    'a read': { path: '/api/links/job_1' },
    'the dry run': { method: 'POST', path: PATH, body: Buffer.from('{}') },
    'an agent’s pull': { method: 'POST', path: '/agent/pull', body: Buffer.from('{}') },
  };
  const cases = PARTNER_WAYS.flatMap((way) => Object.entries(PLACES).map(([where, place]) => ({ way, where, place })));

  it.each(cases)('is told by how much: $way.name, $where', async ({ way, place }) => {
    for (const [offsetSeconds, words] of [
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
      expect(json.detail).toContain(`Yours is ${words}.`);
      expect(json.saw).toBeUndefined();
    }
  });

  it('is told so although it is off by less than a second more than is taken', async () => {
    const world = await createWorld();
    const timestampMs = NOW - 300_250;
    const { json } = await world.ask(world.signed(plainRequest(PLACES['a read']), undefined, { timestampMs }));
    expect(json).toMatchObject({ code: 'timestamp_out_of_range', clockOffsetSeconds: -300.25 });
    expect(json.detail).toContain('Yours is 300.25 seconds behind.');
  });

  it('is told to keys that do not exist in the same words', async () => {
    const world = await createWorld();
    const request = world.signed(plainRequest(PLACES['a read']), undefined, { timestampMs: NOW - 400_000 });
    expect(await world.ask(request)).toEqual(await (await createWorld()).ask(request));
  });

  it('is not blamed where the signature has expired', async () => {
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
