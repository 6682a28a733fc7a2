// Rotation under load: an active secret is never refused, and an ended or revoked one is refused after a minute at most.

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Secret } from '../../../../lib/protocol/secret.ts';
import type { PartnerSecretKey } from '../../../../lib/relay/model/records.ts';
import { TUNING } from '../../../../lib/relay/model/tuning.ts';
import { rotateRing } from '../../../../lib/relay/operator/deployment/rings.ts';
import type { ProvisionedKey } from '../../../../lib/relay/operator/keys/keys.ts';
import { revokeKey } from '../../../../lib/relay/operator/keys/revoke-key.ts';
import { rotateKey } from '../../../../lib/relay/operator/keys/rotate-key.ts';
import { ACCOUNT, HOUR, SECOND, unique } from '../../../support/relay/samples.ts';
import { codeOf, unwrap } from './key-tools.ts';
import { createWarmFunctions } from './warm-functions.ts';

const FUNCTIONS = 3;
const GRACE_MS = TUNING.rowCacheSeconds * SECOND;

type Step =
  | { readonly does: 'ask'; readonly at: number; readonly whose: number }
  | { readonly does: 'wait'; readonly ms: number }
  | { readonly does: 'rotate'; readonly whose: number; readonly overlapSeconds: number; readonly imports: boolean }
  | { readonly does: 'revoke' | 'end old'; readonly whose: number }
  | { readonly does: 'create' | 'rotate ring' };

const whose = fc.nat(20);
const overlapSeconds = fc.constantFrom(0, 1, 59, 60, 61, 600, 86_400);
const asks = fc.record({ does: fc.constant('ask' as const), at: fc.nat(FUNCTIONS), whose });
const waits = fc.record({
  does: fc.constant('wait' as const),
  ms: fc.oneof(
    fc.integer({ min: 1, max: 2_000 }),
    fc.constantFrom(29_999, 30_000, 59_999, 60_000, 300_000, 86_400_000),
  ),
});
const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    { weight: 12, arbitrary: asks },
    { weight: 4, arbitrary: waits },
    {
      weight: 3,
      arbitrary: fc.record({ does: fc.constant('rotate' as const), whose, overlapSeconds, imports: fc.boolean() }),
    },
    { weight: 2, arbitrary: fc.record({ does: fc.constantFrom('revoke' as const, 'end old' as const), whose }) },
    { weight: 3, arbitrary: fc.record({ does: fc.constantFrom('create' as const, 'rotate ring' as const) }) },
  ),
  { minLength: 10, maxLength: 60 },
);

type Functions = Awaited<ReturnType<typeof createWarmFunctions>>;

/** A secret that a partner got, and the time until which it must be accepted. */
interface IssuedSecret {
  readonly provisioned: ProvisionedKey;
  endsAt: number;
}

/** Plays steps, and checks each answer against a model of its own that lists every issued secret. */
async function createScenario(functions: Functions) {
  const { ports, create, ask, world } = functions;
  const issued: IssuedSecret[] = [];
  const pick = (index: number) => issued[index % issued.length] as IssuedSecret;
  const add = (provisioned: ProvisionedKey) => issued.push({ provisioned, endsAt: Number.POSITIVE_INFINITY });
  const secretsOf = (keyId: string) => issued.filter(({ provisioned }) => provisioned.key.keyId === keyId);
  const endBy = (atMs: number, secrets: readonly IssuedSecret[]) => {
    for (const secret of secrets) secret.endsAt = Math.min(secret.endsAt, atMs);
  };
  add(await create({ profile: 'link-peeler' }));
  return {
    async play(step: Step): Promise<void> {
      if (step.does === 'ask') return check(step.at, pick(step.whose));
      if (step.does === 'wait') world.time.nowMs += step.ms;
      if (step.does === 'create') add(await create({ profile: 'link-peeler' }));
      if (step.does === 'rotate ring') unwrap(await rotateRing(ports, 'inbound'));
      if (step.does === 'revoke') await revoke(keyIdOf(pick(step.whose)));
      if (step.does === 'rotate') await rotate(keyIdOf(pick(step.whose)), step);
      if (step.does === 'end old') await endOld(keyIdOf(pick(step.whose)));
    },
  };

  async function rotate(keyId: string, { overlapSeconds, imports }: Step & { readonly does: 'rotate' }): Promise<void> {
    const secret = imports ? new Secret(unique('an imported secret text ')) : undefined;
    const rotated = await rotateKey(ports, keyId, { overlapSeconds, secret, force: imports });
    if (!rotated.ok) return;
    const before = secretsOf(keyId);
    endBy(world.time.nowMs, before.slice(0, -1));
    endBy(world.time.nowMs + overlapSeconds * SECOND, before);
    add(rotated.value);
  }

  async function endOld(keyId: string): Promise<void> {
    const { versions } = (await ports.keys.find(keyId)) as PartnerSecretKey;
    const [, old] = versions;
    const ended = old && (await revokeKey(ports, keyId, { version: old.version }));
    if (ended?.ok) endBy(world.time.nowMs, secretsOf(keyId).slice(0, -1));
  }

  async function revoke(keyId: string): Promise<void> {
    unwrap(await revokeKey(ports, keyId));
    endBy(world.time.nowMs, secretsOf(keyId));
  }

  async function check(at: number, { provisioned, endsAt }: IssuedSecret): Promise<void> {
    const status = await ask(at, provisioned);
    if (world.time.nowMs < endsAt) expect(status).toBe(200);
    if (world.time.nowMs >= endsAt + GRACE_MS) expect(status).toBe(401);
  }
}

const keyIdOf = ({ provisioned }: IssuedSecret) => provisioned.key.keyId;

it('accepts active secrets and refuses ended ones, for any order of commands and requests', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (script) => {
      const scenario = await createScenario(await createWarmFunctions(FUNCTIONS));
      for (const step of script) await scenario.play(step);
    }),
    { numRuns: 150 },
  );
});

describe('a warm function', () => {
  async function warm() {
    const functions = await createWarmFunctions(1);
    const first = await functions.create({ keyId: 'mine', profile: 'link-peeler' });
    expect(await functions.ask(0, first)).toBe(200);
    return { ...functions, first };
  }

  it('accepts a key from a new master, two seconds after it read the ring', async () => {
    const { ask, create, ports, world } = await warm();
    for (const keyId of ['second', 'third']) {
      world.passSeconds(2);
      unwrap(await rotateRing(ports, 'inbound'));
      expect(await ask(0, await create({ keyId, profile: 'link-peeler' }))).toBe(200);
    }
  });

  it('accepts the keys that it knows for as long as Secrets Manager does not answer', async () => {
    const { ask, importSecret, first, service, world } = await warm();
    const key = unwrap(await importSecret('an imported secret text', { profile: 'link-peeler' }));
    const imported = { key, secret: new Secret('an imported secret text') };
    expect(await ask(0, imported)).toBe(200);
    service.answers = false;
    for (let hours = 0; hours < 5; hours += 1) {
      expect([await ask(0, first), await ask(0, imported)]).toEqual([200, 200]);
      world.passSeconds(3600);
    }
  });

  it('still accepts the old secret if it cannot read the new one, and answers 503 to the new one', async () => {
    const { ask, first, ports, service, world } = await warm();
    const rotated = unwrap(await rotateKey(ports, 'mine', { secret: new Secret('the next imported text') }));
    service.answers = false;
    world.passSeconds(61);
    expect([await ask(0, first), await ask(0, rotated)]).toEqual([200, 503]);
    service.answers = true;
    expect(await ask(0, rotated)).toBe(200);
  });

  it('reads the ring and an imported secret at most once in five minutes', async () => {
    const { ask, importSecret, first, service, world } = await warm();
    const key = unwrap(await importSecret('an imported secret text', { profile: 'link-peeler' }));
    service.reads = 0;
    for (let seconds = 0; seconds < 3600; seconds += 10) {
      world.passSeconds(10);
      await ask(0, first);
      await ask(0, { key, secret: new Secret('an imported secret text') });
    }
    expect(service.reads).toBeLessThanOrEqual(2 * (3600 / TUNING.ringCacheSeconds + 1));
  });

  it('refuses a revoked key after a minute at most, even with a cached row', async () => {
    const { ask, first, ports, world } = await warm();
    unwrap(await revokeKey(ports, 'mine'));
    world.time.nowMs += GRACE_MS - 2;
    await ask(0, first);
    expect(await ask(0, first)).toBe(401);
    expect(codeOf(await revokeKey(ports, 'mine'))).toBe('done');
  });
});

describe('the last use of a version', () => {
  const numberOf = ({ key }: ProvisionedKey) => key.versions[0].version;

  async function used() {
    const functions = await createWarmFunctions(FUNCTIONS);
    const first = await functions.create({ keyId: 'mine', profile: 'link-peeler' });
    const lastUsedAt = async () => ((await functions.ports.keys.find('mine')) as PartnerSecretKey).lastUsedAt;
    return { ...functions, first, lastUsedAt };
  }

  it('is written at most once an hour by each function, for any traffic', async () => {
    const { ask, first, lastUsedAt, service, world } = await used();
    for (let seconds = 0; seconds < 3600; seconds += 20) {
      for (let at = 0; at < FUNCTIONS; at += 1) await ask(at, first);
      world.passSeconds(20);
    }
    // Each function has cached the row as it was before the first write.
    expect(service.writes).toBeLessThanOrEqual(FUNCTIONS);
    service.writes = 0;
    world.passSeconds(60);
    await ask(0, first);
    expect([service.writes, await lastUsedAt()]).toEqual([1, { [numberOf(first)]: world.time.nowMs }]);
    world.passSeconds(61);
    for (let at = 0; at < FUNCTIONS; at += 1) await ask(at, first);
    expect(service.writes).toBe(1);
  });

  it('is recorded for each version of a rotation, which shows when the old one is no longer used', async () => {
    const { ask, first, lastUsedAt, ports, world } = await used();
    const second = unwrap(await rotateKey(ports, 'mine'));
    await ask(0, second);
    const afterNew = world.time.nowMs;
    expect(await lastUsedAt()).toEqual({ [numberOf(second)]: afterNew });
    await ask(1, first);
    expect(await lastUsedAt()).toEqual({ [numberOf(first)]: world.time.nowMs, [numberOf(second)]: afterNew });
  });

  it('does not change with a refused request or a replay', async () => {
    const { first, lastUsedAt, ports, world } = await used();
    const stranger = { key: first.key, secret: 'sk_none_of_theirs' };
    const by = { key: first.key, secret: first.secret.reveal() };
    expect((await world.get('/api/quota', stranger)).status).toBe(401);
    expect(await lastUsedAt()).toBeUndefined();
    const request = world.signedByPartner('GET', '/api/quota', undefined, by);
    expect([(await world.ask(request)).status, (await world.ask(request)).status]).toEqual([200, 409]);
    const usedAt = world.time.nowMs;
    world.time.nowMs += HOUR;
    const replay = { ...request };
    expect((await world.ask(replay)).status).toBe(401);
    expect(await lastUsedAt()).toEqual({ [numberOf(first)]: usedAt });
    expect(codeOf(await rotateKey(ports, 'mine'))).toBe('done');
  });

  it('may fail to be written: the failure is logged without a secret, and the request succeeds', async () => {
    const { first, ports, world } = await used();
    ports.keyUses = { record: () => Promise.reject(new Error('throttled')) };
    const by = { key: first.key, secret: first.secret.reveal() };
    for (let requests = 0; requests < 3; requests += 1) expect((await world.get('/api/quota', by)).status).toBe(200);
    const failures = world.events.filter(({ event }) => event === 'dependency.failed');
    expect(failures).toEqual([{ event: 'dependency.failed', where: 'last use of a key', reason: 'Error: throttled' }]);
  });

  it('is recorded for a public key as version 1', async () => {
    const { ports, world } = await used();
    const partner = await world.makeEd25519Partner(ACCOUNT.accountId);
    expect((await world.get('/api/quota', partner)).status).toBe(200);
    expect(await ports.keys.find(partner.key.keyId)).toMatchObject({ lastUsedAt: { 1: world.time.nowMs } });
  });
});
