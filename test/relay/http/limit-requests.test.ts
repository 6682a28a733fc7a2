// The limit of signed requests for each key: counted after the signature, so that no stranger can use it up.
import { describe, expect, it } from 'vitest';
import { ACCOUNT, MINUTE } from '../../support/relay/samples.ts';
import { bytesOf, createWorld, type Partner, plainRequest, type World } from '../../support/relay/world.ts';

async function worldWith(requestsPerMinute?: number) {
  const world = await createWorld();
  await world.putAccount({ ...ACCOUNT, requestsPerMinute });
  return world;
}

const check = (world: World, by?: Partner) => world.signedByPartner('POST', '/api/auth/check', {}, by);

async function statusesOf(count: number, ask: () => Promise<{ readonly status: number }>) {
  const statuses: number[] = [];
  for (let at = 0; at < count; at += 1) statuses.push((await ask()).status);
  return statuses;
}

describe('a key with a limit of 100 requests a minute', () => {
  it('gets 100 of 300 dry runs answered, and then 429 until the next minute', async () => {
    const world = await worldWith(100);
    const statuses = await statusesOf(300, () => world.ask(check(world)));
    expect(statuses).toEqual(Array.from({ length: 300 }, (_, at) => (at < 100 ? 200 : 429)));
    const claimed = world.ports.oneTimeValues.count();
    const { headers, json } = await world.ask(check(world));
    expect(json).toMatchObject({ code: 'quota_exceeded', retryable: true, detail: expect.stringContaining('100') });
    expect(world.ports.oneTimeValues.count()).toBe(claimed);
    const wait = Number(headers['retry-after']);
    expect(headers).toMatchObject({
      'ratelimit-policy': '"requests";q=100;w=60',
      ratelimit: `"requests";r=0;t=${wait}`,
    });
    world.passSeconds(wait - 1);
    expect((await world.ask(check(world))).status).toBe(429);
    world.passSeconds(1);
    expect((await world.ask(check(world))).status).toBe(200);
  });

  it('loses none of them to forged, replayed-key or late requests of a stranger', async () => {
    const world = await worldWith(1);
    const forged = { ...world.partner, secret: 'sk_other' };
    for (let at = 0; at < 50; at += 1) expect((await world.ask(check(world, forged))).status).toBe(401);
    const late = world.signed(plainRequest({ path: '/api/quota' }), world.partner, {
      timestampMs: world.time.nowMs - 6 * MINUTE,
    });
    expect((await world.ask(late)).status).toBe(401);
    expect(await statusesOf(2, () => world.ask(check(world)))).toEqual([200, 429]);
  });

  it('does not share them with another key of its account', async () => {
    const world = await worldWith(1);
    const other = await world.makePartner(ACCOUNT.accountId);
    expect(await statusesOf(2, () => world.ask(check(world)))).toEqual([200, 429]);
    expect((await world.ask(check(world, other))).status).toBe(200);
  });
});

describe('without a limit of the account', () => {
  it('a partner’s key may send 600 requests a minute', async () => {
    const world = await worldWith();
    const statuses = await statusesOf(601, () => world.ask(check(world)));
    expect([statuses.indexOf(429), new Set(statuses.slice(0, 600))]).toEqual([600, new Set([200])]);
  });

  it('an agent’s key may send 1,200 requests a minute', async () => {
    const world = await worldWith();
    const statuses = await statusesOf(1_201, () => world.ask(world.signedByAgent(bytesOf({ want: 0 }))));
    expect([statuses.indexOf(429), new Set(statuses.slice(0, 1_200))]).toEqual([1_200, new Set([200])]);
  });
});
