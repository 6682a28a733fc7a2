// The limits of the diagnosis: short bodies, ten requests a minute for each key id, a hundred key ids.

import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../../lib/api/limits.ts';
import { TUNING } from '../../../../lib/relay/model/tuning.ts';
import { MINUTE } from '../../../support/relay/samples.ts';
import { createWorld, type Partner, type World } from '../../../support/relay/world.ts';
import { type Draft, draftOf, join, signByHand } from '../../../support/signing/hand-signing.ts';
import { PARTNER_WAYS, type PartnerWay } from '../../../support/signing/partner-ways.ts';

const LINK_PEELER = PARTNER_WAYS.find(({ name }) => name === 'link-peeler') as PartnerWay;

/** Returns a request with a well-known mistake: the signed body ends with a line feed that was not sent. */
function requestWithMistake(world: World, { key, secret }: Partner, changes: Partial<Draft> = {}) {
  const draft = draftOf(LINK_PEELER, { keyId: key.keyId, credential: secret, nowMs: world.time.nowMs });
  const body = changes.body ?? draft.body;
  return signByHand(LINK_PEELER, { ...draft, ...changes, signedBody: join(body, '\n') });
}

async function suspicionOf(world: World, partner: Partner, changes: Partial<Draft> = {}) {
  const { status, json } = await world.ask(requestWithMistake(world, partner, changes));
  expect([status, json.code, json.saw.bodyBytes > 0]).toEqual([401, 'signature_invalid', true]);
  return json.suspicion;
}

const FOUND = 'trailing_newline';
const times = (count: number) => Array.from({ length: count }, (_, index) => index);

describe('a body', () => {
  it.each([
    ['is diagnosed when it has 16 KiB', LIMITS.diagnosedBodyBytes, FOUND],
    ['is not diagnosed when it has one byte more', LIMITS.diagnosedBodyBytes + 1, undefined],
    ['is not diagnosed when it has the largest size', LIMITS.bodyBytes, undefined],
  ])('%s, and the answer shows what was seen', async (_what, length, suspicion) => {
    const world = await createWorld();
    const body = Buffer.alloc(length, '/');
    const request = requestWithMistake(world, world.partner, { body });
    const { json } = await world.ask(request);
    const bodySha256 = createHash('sha256').update(body).digest('hex');
    expect(json).toMatchObject({ code: 'signature_invalid', saw: { bodyBytes: length, bodySha256 } });
    expect(json.suspicion).toBe(suspicion);
  });

  it.each([
    ['arrays with the greatest depth', `${'['.repeat(8_192)}${']'.repeat(8_192)}`],
    ['arrays that are never closed', '['.repeat(16_384)],
    ['objects with the greatest depth', `${'{"":'.repeat(3_276)}0${'}'.repeat(3_276)}`],
    ['ten arrays around many numbers', `${'['.repeat(10)}1${',1'.repeat(8_180)}${']'.repeat(10)}`],
    ['large numbers', `[${Array.from({ length: 3_000 }, () => '1e20').join()}]`],
    ['numbers too large for a double', `[1e999${',-1e999'.repeat(2_000)}]`],
    ['a string of slashes', `"${'/'.repeat(16_382)}"`],
    ['a string that is never closed', `"${'\\"'.repeat(8_191)}`],
    ['escapes of every character', `"${'\\u007f'.repeat(2_700)}"`],
    ['a key __proto__', '{"__proto__":{"toJSON":1}}'],
    ['only line breaks', '\r\n'.repeat(8_192)],
    ['bytes that are not text', Buffer.alloc(16_384, 0xff)],
  ])('is diagnosed like any other when it consists of %s', async (_what, body) => {
    const world = await createWorld();
    const answer = await world.ask(requestWithMistake(world, world.partner, { body: Buffer.from(body as string) }));
    expect(answer).toMatchObject({ status: 401, json: { code: 'signature_invalid', suspicion: FOUND } });
  });
});

describe('the limit of diagnoses in a minute', () => {
  it('is ten requests for a key id, and ten more in the next minute', async () => {
    const world = await createWorld();
    for (const _minute of times(3)) {
      const found = [];
      for (const _ of times(12)) found.push(await suspicionOf(world, world.partner));
      expect(found).toEqual([...times(LIMITS.diagnosesPerMinute).map(() => FOUND), undefined, undefined]);
      world.time.nowMs += MINUTE;
    }
  });

  it('is named in the answer to the eleventh request, with the command that looks for mistakes', async () => {
    const world = await createWorld();
    const ask = async () => (await world.ask(requestWithMistake(world, world.partner))).json.detail as string;
    for (const _ of times(LIMITS.diagnosesPerMinute)) expect(await ask()).not.toContain('did not look');
    expect(await ask()).toMatch(
      /We did not look for well-known mistakes this time: .* signet explain looks for them\.$/,
    );
  });

  it('is counted for each key id separately', async () => {
    const world = await createWorld();
    const other = await world.makePartner(world.partner.key.accountId);
    for (const _ of times(11)) await suspicionOf(world, world.partner);
    expect(await suspicionOf(world, world.partner)).toBeUndefined();
    expect(await suspicionOf(world, other)).toBe(FOUND);
  });

  it('does not count large bodies, malformed requests and valid requests', async () => {
    const world = await createWorld();
    for (const index of times(12)) {
      await suspicionOf(world, world.partner, { body: Buffer.alloc(LIMITS.diagnosedBodyBytes + 1, '/') });
      await world.ask(requestWithMistake(world, world.partner, { nonce: 'short' }));
      const read = world.signedByPartner('GET', `/api/links/job_${index}`);
      expect((await world.ask(read)).json.code).toBe('not_found');
    }
    expect(await suspicionOf(world, world.partner)).toBe(FOUND);
  });

  it.each([
    [TUNING.diagnosedKeys - 1, FOUND],
    [TUNING.diagnosedKeys, undefined],
  ])('is a hundred key ids: after %i unknown key ids, the next is diagnosed as %s', async (count, suspicion) => {
    const world = await createWorld();
    const { key, secret } = world.partner;
    for (const index of times(count)) await suspicionOf(world, { key: { ...key, keyId: `nobody-${index}` }, secret });
    expect(await suspicionOf(world, world.partner)).toBe(suspicion);
    world.time.nowMs += MINUTE;
    expect(await suspicionOf(world, world.partner)).toBe(FOUND);
  });

  it('stays ten for a key id that was counted before the hundred were reached', async () => {
    const world = await createWorld();
    const { key, secret } = world.partner;
    await suspicionOf(world, world.partner);
    for (const index of times(TUNING.diagnosedKeys))
      await suspicionOf(world, { key: { ...key, keyId: `nobody-${index}` }, secret });
    expect(await suspicionOf(world, world.partner)).toBe(FOUND);
  });

  it('is ten for an unknown key id too, as mistakes show that can be found without the key', async () => {
    const world = await createWorld();
    const way = PARTNER_WAYS.find(({ name }) => name === 'rfc9421') as PartnerWay;
    const found = [];
    for (const _ of times(12)) {
      const draft = draftOf(way, { keyId: 'nobody', credential: 'sk_any', nowMs: world.time.nowMs });
      const { json } = await world.ask(signByHand(way, { ...draft, signedBody: join(draft.body, '\n') }));
      found.push(json.suspicion);
    }
    expect(found).toEqual([...times(LIMITS.diagnosesPerMinute).map(() => FOUND), undefined, undefined]);
  });
});
