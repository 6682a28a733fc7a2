// How much is tried: short bodies, ten requests a minute of a key id, a hundred key ids; and what is said beyond that.

import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../lib/api/limits.ts';
import { TUNING } from '../../../lib/relay/model/tuning.ts';
import { MINUTE } from '../../support/relay/samples.ts';
import { createWorld, type Partner, type World } from '../../support/relay/world.ts';
import { type Draft, draftOf, join, signByHand } from '../../support/signing/hand-signing.ts';
import { PARTNER_WAYS, type PartnerWay } from '../../support/signing/partner-ways.ts';

const LINK_PEELER = PARTNER_WAYS.find(({ name }) => name === 'link-peeler') as PartnerWay;

/** A request with a well-known mistake: a line feed was signed that was not sent. */
function mistaken(world: World, { key, secret }: Partner, changes: Partial<Draft> = {}) {
  const draft = draftOf(LINK_PEELER, { keyId: key.keyId, credential: secret, nowMs: world.time.nowMs });
  const body = changes.body ?? draft.body;
  return signByHand(LINK_PEELER, { ...draft, ...changes, signedBody: join(body, '\n') });
}

async function suspicionOf(world: World, partner: Partner, changes: Partial<Draft> = {}) {
  const { status, json } = await world.ask(mistaken(world, partner, changes));
  expect([status, json.code, json.saw.bodyBytes > 0]).toEqual([401, 'signature_invalid', true]);
  return json.suspicion;
}

const FOUND = 'trailing_newline';
const times = (count: number) => Array.from({ length: count }, (_, index) => index);

describe('a body', () => {
  it.each([
    ['of 16 KiB is diagnosed', LIMITS.diagnosedBodyBytes, FOUND],
    ['of a byte more is not', LIMITS.diagnosedBodyBytes + 1, undefined],
    ['as long as may be is not', LIMITS.bodyBytes, undefined],
  ])('%s, and is told what was seen of it', async (_what, length, suspicion) => {
    const world = await createWorld();
    const body = Buffer.alloc(length, '/');
    const request = mistaken(world, world.partner, { body });
    const { json } = await world.ask(request);
    const bodySha256 = createHash('sha256').update(body).digest('hex');
    expect(json).toMatchObject({ code: 'signature_invalid', saw: { bodyBytes: length, bodySha256 } });
    expect(json.suspicion).toBe(suspicion);
  });

  it.each([
    ['arrays as deep as fit', `${'['.repeat(8_192)}${']'.repeat(8_192)}`],
    ['arrays that never end', '['.repeat(16_384)],
    ['objects as deep as fit', `${'{"":'.repeat(3_276)}0${'}'.repeat(3_276)}`],
    ['ten arrays around many numbers', `${'['.repeat(10)}1${',1'.repeat(8_180)}${']'.repeat(10)}`],
    ['large numbers', `[${Array.from({ length: 3_000 }, () => '1e20').join()}]`],
    ['numbers that are none', `[1e999${',-1e999'.repeat(2_000)}]`],
    ['a string of slashes', `"${'/'.repeat(16_382)}"`],
    ['a string that never ends', `"${'\\"'.repeat(8_191)}`],
    ['escapes of every character', `"${'\\u007f'.repeat(2_700)}"`],
    ['a key __proto__', '{"__proto__":{"toJSON":1}}'],
    ['line breaks alone', '\r\n'.repeat(8_192)],
    ['bytes that are no text', Buffer.alloc(16_384, 0xff)],
  ])('of %s is refused like any other', async (_what, body) => {
    const world = await createWorld();
    const answer = await world.ask(mistaken(world, world.partner, { body: Buffer.from(body as string) }));
    expect(answer).toMatchObject({ status: 401, json: { code: 'signature_invalid', suspicion: FOUND } });
  });
});

describe('in a minute', () => {
  it('ten requests of a key id are diagnosed, and ten more in the next', async () => {
    const world = await createWorld();
    for (const _minute of times(3)) {
      const found = [];
      for (const _ of times(12)) found.push(await suspicionOf(world, world.partner));
      expect(found).toEqual([...times(LIMITS.diagnosesPerMinute).map(() => FOUND), undefined, undefined]);
      world.time.nowMs += MINUTE;
    }
  });

  it('the eleventh is told that the mistakes were not tried, and where they are', async () => {
    const world = await createWorld();
    const ask = async () => (await world.ask(mistaken(world, world.partner))).json.detail as string;
    for (const _ of times(LIMITS.diagnosesPerMinute)) expect(await ask()).not.toContain('not tried');
    expect(await ask()).toMatch(/were not tried this time: .* npx signet explain tries them\.$/);
  });

  it('another key id has ten of its own', async () => {
    const world = await createWorld();
    const other = await world.makePartner(world.partner.key.accountId);
    for (const _ of times(11)) await suspicionOf(world, world.partner);
    expect(await suspicionOf(world, world.partner)).toBeUndefined();
    expect(await suspicionOf(world, other)).toBe(FOUND);
  });

  it('bodies that are too long, malformed requests and good ones count for nothing', async () => {
    const world = await createWorld();
    for (const index of times(12)) {
      await suspicionOf(world, world.partner, { body: Buffer.alloc(LIMITS.diagnosedBodyBytes + 1, '/') });
      await world.ask(mistaken(world, world.partner, { nonce: 'short' }));
      const read = world.signedByPartner('GET', `/api/links/job_${index}`);
      expect((await world.ask(read)).json.code).toBe('not_found');
    }
    expect(await suspicionOf(world, world.partner)).toBe(FOUND);
  });

  it.each([
    [TUNING.diagnosedKeys - 1, FOUND],
    [TUNING.diagnosedKeys, undefined],
  ])('after %i key ids that do not exist, the next is diagnosed as %s', async (count, suspicion) => {
    const world = await createWorld();
    const { key, secret } = world.partner;
    for (const index of times(count)) await suspicionOf(world, { key: { ...key, keyId: `nobody-${index}` }, secret });
    expect(await suspicionOf(world, world.partner)).toBe(suspicion);
    world.time.nowMs += MINUTE;
    expect(await suspicionOf(world, world.partner)).toBe(FOUND);
  });

  it('a key id that was there before the hundred were full keeps its ten', async () => {
    const world = await createWorld();
    const { key, secret } = world.partner;
    await suspicionOf(world, world.partner);
    for (const index of times(TUNING.diagnosedKeys))
      await suspicionOf(world, { key: { ...key, keyId: `nobody-${index}` }, secret });
    expect(await suspicionOf(world, world.partner)).toBe(FOUND);
  });

  it('a key id that does not exist has ten too: the mistakes that are plain without a key show it', async () => {
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
