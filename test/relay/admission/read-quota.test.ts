// GET /api/quota: limits, use, rest and end of each window.
import { describe, expect, it } from 'vitest';
import { ACCOUNT, MINUTE, NOW, sampleAccount } from '../../support/relay/samples.ts';
import { createWorld, sampleSubmission, type World } from '../../support/relay/world.ts';

const submitMany = (world: World, count: number) =>
  Promise.all(Array.from({ length: count }, () => world.submit(sampleSubmission())));

const readQuota = async (world: World) => (await world.get('/api/quota')).json;

describe('GET /api/quota', () => {
  it('returns limit, use, rest and end of each window', async () => {
    const world = await createWorld();
    await world.putAccount({ ...ACCOUNT, jobsPerMonth: 10, jobsPerMinute: 5 });
    await submitMany(world, 3);
    const answer = await world.get('/api/quota');
    expect(answer).toMatchObject({ status: 200, headers: { 'content-type': 'application/json' } });
    expect(answer.json).toEqual({
      month: { limit: 10, used: 3, remaining: 7, resetsAt: '2026-12-01T00:00:00.000Z' },
      minute: { limit: 5, used: 3, remaining: 2, resetsAt: '2026-11-22T12:01:00.000Z' },
    });
    world.time.nowMs = NOW + MINUTE;
    expect(await readQuota(world)).toMatchObject({ month: { used: 3 }, minute: { used: 0, remaining: 5 } });
  });

  it('shows 0 remaining, not less, when the limit was lowered below the use', async () => {
    const world = await createWorld();
    await submitMany(world, 3);
    await world.putAccount({ ...ACCOUNT, jobsPerMonth: 1 });
    expect((await readQuota(world)).month).toMatchObject({ limit: 1, used: 3, remaining: 0 });
    expect((await world.submit(sampleSubmission())).headers['ratelimit']).toContain('"month";r=0;');
  });

  it('shows only the account of the key', async () => {
    const world = await createWorld();
    const account = sampleAccount();
    await world.putAccount(account);
    const other = await world.makePartner(account.accountId);
    await submitMany(world, 3);
    expect((await world.get('/api/quota', other)).json).toMatchObject({ month: { used: 0 }, minute: { used: 0 } });
  });

  it('neither takes nor refunds units', async () => {
    const world = await createWorld();
    const forbidden = () => Promise.reject(new Error('a read writes nothing'));
    world.ports.quota = { ...world.ports.quota, take: forbidden, refund: forbidden };
    expect((await world.get('/api/quota')).status).toBe(200);
  });
});
