// Replays: a captured request that is sent again is refused under every profile, even if its signature is spelled differently.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { IncomingRequest } from '../../../lib/relay/http/request-pipeline.ts';
import { ACCOUNT, HOUR, MINUTE, SECOND, unique } from '../../support/relay/samples.ts';
import { bytesOf, createWorld, sampleSubmission, withHeaders } from '../../support/relay/world.ts';
import { HMAC_WAYS, makePartnerOf, PARTNER_WAYS, submission } from '../../support/signing/partner-ways.ts';
import { signVouchersx } from '../../support/signing/signing.ts';

const REPLAYED = { status: 409, headers: { 'retry-after': '1' }, json: { code: 'nonce_replayed', retryable: true } };

describe.each(PARTNER_WAYS)('under $name', (way) => {
  async function ready() {
    const world = await createWorld();
    const partner = await makePartnerOf(world, way);
    return { world, partner, request: world.signed(submission(), partner) };
  }

  it('accepts a submission, and refuses the same bytes when they are sent again', async () => {
    const { world, request } = await ready();
    expect((await world.ask(request)).status).toBe(202);
    for (let times = 0; times < 3; times += 1) expect(await world.ask(request)).toMatchObject(REPLAYED);
    expect([world.ports.jobs.all().length, world.ports.oneTimeValues.count()]).toEqual([1, 1]);
  });

  it('accepts one of ten copies that are sent at once', async () => {
    const { world, request } = await ready();
    const answers = await Promise.all(Array.from({ length: 10 }, () => world.ask(request)));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([202, ...Array.from({ length: 9 }, () => 409)]);
  });

  it('refuses a copy that differs only in what is not signed', async () => {
    const { world, request } = await ready();
    await world.ask(request);
    const changed = withHeaders(request, { 'content-type': 'application/json; charset=utf-8', 'user-agent': 'other' });
    expect(await world.ask({ ...changed, requestId: unique('request-') })).toMatchObject(REPLAYED);
  });

  it.each([
    ['a body that fits no schema', { surprise: true }, 'validation_failed'],
    ['a URL of a refused scheme', { trackingUrl: 'ftp://example.com/' }, 'url_refused'],
    ['an unknown pool', { pool: 'third' }, 'validation_failed'],
  ])('claims the one-time value of a submission that is refused for %s', async (_what, fields, code) => {
    const { world, partner } = await ready();
    const request = world.signed(submission(fields), partner);
    expect((await world.ask(request)).json.code).toBe(code);
    expect(world.ports.oneTimeValues.count()).toBe(1);
    expect(await world.ask(request)).toMatchObject(REPLAYED);
  });

  it('answers the same body with a new signature as a repeat, not as a replay', async () => {
    const { world, partner, request } = await ready();
    await world.ask(request);
    world.time.nowMs += way.tickMs;
    const again = await world.ask(world.signed({ ...request, requestId: unique('request-') }, partner));
    expect(again).toMatchObject({ status: 200, headers: { 'idempotent-replayed': 'true' } });
  });

  it(`${way.hasNonce ? 'accepts' : 'refuses'} an equal body that is signed at the same time`, async () => {
    const { world, partner, request } = await ready();
    await world.ask(request);
    const twin = await world.ask(world.signed(request, partner));
    expect(twin).toMatchObject(way.hasNonce ? { status: 200 } : REPLAYED);
  });

  it('accepts the same body from another key', async () => {
    const { world, request } = await ready();
    await world.ask(request);
    expect((await world.ask(world.signed(request, await makePartnerOf(world, way)))).status).toBe(200);
  });
});

describe.each(HMAC_WAYS)('under $name, with two active secrets', ({ profile }) => {
  it('refuses a request that is signed again with the other secret, in either order', async () => {
    const world = await createWorld();
    const partners = await world.makeRotatedPartner(ACCOUNT.accountId, profile, HOUR);
    for (const [first, second] of [partners, partners.toReversed()]) {
      const moment = { nonce: unique('nonce-of-both-secrets-') };
      const plain = submission();
      expect((await world.ask(world.signed(plain, first, moment))).status).toBe(202);
      expect(await world.ask(world.signed(plain, second, moment))).toMatchObject(REPLAYED);
    }
  });

  it('accepts the older secret until the overlap ends, and refuses it afterwards', async () => {
    const world = await createWorld();
    const [older, current] = await world.makeRotatedPartner(ACCOUNT.accountId, profile, MINUTE);
    const code = async (by = older) => (await world.ask(world.signed(submission(), by))).json.code;
    world.time.nowMs += MINUTE - 1;
    expect([await code(), await code(current)]).toEqual([undefined, undefined]);
    world.time.nowMs += 1;
    expect([await code(), await code(current)]).toEqual(['signature_invalid', undefined]);
  });
});

describe('the signature list of vouchersx', () => {
  const FORGED = '0'.repeat(64);

  async function ready() {
    const world = await createWorld();
    const [older, current] = await world.makeRotatedPartner(ACCOUNT.accountId, 'vouchersx', HOUR);
    const plain = submission();
    const signing = { keyId: current.key.keyId, timestampMs: world.time.nowMs };
    const headers = signVouchersx(plain.body, [current.secret, older.secret], signing);
    const [time = '', first = '', second = ''] = headers['x-signature'].split(/,v1=/);
    const spell = (...list: string[]) =>
      withHeaders(plain, { ...headers, 'x-signature': [time, ...list].join(',v1=') });
    return { world, original: withHeaders(plain, headers), spell, first, second };
  }

  it.each<[string, (first: string, second: string) => string[]]>([
    ['in upper case', (first, second) => [first.toUpperCase(), second.toUpperCase()]],
    [
      'with one letter in upper case',
      (first, second) => [first.replace(/[a-f]/, (letter) => letter.toUpperCase()), second],
    ],
    ['reordered', (first, second) => [second, first]],
    ['with the first dropped', (_, second) => [second]],
    ['with the second dropped', (first) => [first]],
    ['with one repeated', (first) => [first, first]],
    ['with eight signatures', (first, second) => [first, second, first, second, first, second, first, second]],
    ['with a forged signature first', (first) => [FORGED, first]],
    ['with a forged signature last', (first, second) => [first, second, FORGED]],
  ])('is refused as a replay when it comes %s, in either order', async (_what, respell) => {
    for (const swapped of [false, true]) {
      const { world, original, spell, first, second } = await ready();
      const [sent, replayed] = swapped
        ? [spell(...respell(first, second)), original]
        : [original, spell(...respell(first, second))];
      expect((await world.ask(sent)).status).toBe(202);
      expect(await world.ask(replayed)).toMatchObject(REPLAYED);
    }
  });

  it('has no spelling with which a captured request is accepted again', async () => {
    const { world, original, spell, first, second } = await ready();
    await world.ask(original);
    const cased = fc.tuple(
      fc.constantFrom(first, second, FORGED),
      fc.array(fc.boolean(), { minLength: 64, maxLength: 64 }),
    );
    const text = cased.map(([hex, upper]) => [...hex].map((d, at) => (upper[at] ? d.toUpperCase() : d)).join(''));
    const lists = fc.array(text, { minLength: 1, maxLength: 9 });
    await fc.assert(
      fc.asyncProperty(lists, async (list) => {
        const isGood = list.some((hex) => hex.toLowerCase() !== FORGED);
        const code = list.length > 8 ? 'request_malformed' : isGood ? 'nonce_replayed' : 'signature_invalid';
        expect((await world.ask(spell(...list))).json.code).toBe(code);
      }),
    );
    expect(world.ports.oneTimeValues.count()).toBe(1);
  });
});

describe('the spelling of a signature', () => {
  const upper = (name: string) => (request: IncomingRequest) =>
    withHeaders(request, { [name]: request.headers[name]?.toUpperCase() ?? '' });
  const padded = (request: IncomingRequest) =>
    withHeaders(request, { 'daylight-signature': `${request.headers['daylight-signature']}=` });

  it.each([
    ['link-peeler', 'upper case', upper('x-link-peeler-signature')],
    ['nitro', 'upper case', upper('x-signature')],
    ['daylight', 'padding', padded],
  ] as const)('is strict under %s: %s is refused, and nothing is claimed', async (profile, _what, respell) => {
    const world = await createWorld();
    const request = world.signed(submission(), await world.makePartner(ACCOUNT.accountId, profile));
    expect((await world.ask(respell(request))).json.code).toBe('request_malformed');
    expect((await world.ask(request)).status).toBe(202);
    expect((await world.ask(respell(request))).json.code).toBe('request_malformed');
  });

  it.each<[string, (request: IncomingRequest) => Record<string, string>]>([
    [
      'another label',
      ({ headers }) => ({
        'signature-input': headers['signature-input']?.replace('sig=', 'other=') ?? '',
        signature: headers['signature']?.replace('sig=', 'other=') ?? '',
      }),
    ],
    [
      'the signature of a proxy beside it',
      ({ headers }) => ({
        'signature-input': `${headers['signature-input']}, proxy=("@path");created=1`,
        signature: `${headers['signature']}, proxy=:AAAA:`,
      }),
    ],
    ['spaces without a meaning', ({ headers }) => ({ 'signature-input': ` ${headers['signature-input']} ` })],
  ])('does not hide a replay under rfc9421: %s', async (_what, respell) => {
    const world = await createWorld();
    for (const partner of [
      await world.makePartner(ACCOUNT.accountId, 'rfc9421'),
      await world.makeEd25519Partner(ACCOUNT.accountId),
    ]) {
      const request = world.signed(submission(), partner);
      expect((await world.ask(request)).status).toBe(202);
      expect(await world.ask(withHeaders(request, respell(request)))).toMatchObject(REPLAYED);
    }
  });
});

describe('a profile without a nonce', () => {
  it.each([
    ['vouchersx', SECOND],
    ['daylight', SECOND],
    ['nitro', 1],
  ] as const)(
    'refuses equal bodies with equal timestamps, and accepts the next timestamp: %s',
    async (profile, tickMs) => {
      const world = await createWorld();
      const partner = await world.makePartner(ACCOUNT.accountId, profile);
      const body = bytesOf(sampleSubmission());
      const start = Math.floor(world.time.nowMs / SECOND) * SECOND;
      const send = async (timestampMs: number) => {
        world.time.nowMs = timestampMs;
        return (await world.ask(world.signed({ ...submission(), body }, partner))).status;
      };
      expect([await send(start), await send(start + tickMs - 1), await send(start + tickMs)]).toEqual([202, 409, 200]);
    },
  );
});
