// Keys in the request pipeline: each kind opens its own routes only, and no answer shows a stranger whether a key exists.

import { createSecretKey } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { cacheRows } from '../../../lib/aws/table/row-cache.ts';
import { secretOf } from '../../../lib/relay/keys/resolve-key.ts';
import { DependencyUnavailable } from '../../../lib/relay/model/ports.ts';
import { TUNING } from '../../../lib/relay/model/tuning.ts';
import { ACCOUNT, HOUR, samplePartnerKey, unique } from '../../support/relay/samples.ts';
import { bytesOf, createWorld, plainRequest } from '../../support/relay/world.ts';
import { HMAC_WAYS, makePartnerOf, PARTNER_WAYS, read, submission } from '../../support/signing/partner-ways.ts';
import { ed25519Pair } from '../../support/signing/signing.ts';
import { strangersRequest, UNUSABLE_ROWS } from './diagnosis/strangers.ts';

const { accountId } = ACCOUNT;

/** Returns a world that records look-ups, and that caches rows as a warm function does. */
async function countingWorld() {
  const world = await createWorld();
  const lookups: string[] = [];
  const { directory, inboundRing } = world.ports;
  const options = { seconds: TUNING.rowCacheSeconds, clock: world.ports.clock };
  world.ports.directory = {
    ...directory,
    findKey: cacheRows((keyId) => {
      lookups.push('key');
      return directory.findKey(keyId);
    }, options),
    findAccount: (id) => {
      lookups.push('account');
      return directory.findAccount(id);
    },
  };
  world.ports.inboundRing = {
    ...inboundRing,
    read: () => {
      lookups.push('ring');
      return inboundRing.read();
    },
  };
  return { world, lookups };
}

it('a new secret is accepted at once, although the cached row is older than the rotation', async () => {
  const { world, lookups } = await countingWorld();
  const before = await world.makePartner(accountId, 'nitro');
  expect((await world.ask(world.signed(submission(), before))).status).toBe(202);
  const rotated = { ...before.key, versions: [{ version: 2, master: 1 }, before.key.versions[0]] } as const;
  await world.ports.registry.putKey(rotated);
  world.passSeconds(1);
  lookups.length = 0;
  const secret = secretOf(rotated, rotated.versions[0], await world.ports.inboundRing.read()).reveal();
  const request = world.signed(submission({ idempotencyKey: 'after' }), { key: rotated, secret });
  expect((await world.ask(request)).status).toBe(202);
  expect(lookups.filter((what) => what === 'key')).toEqual(['key']);
});

describe('a key whose newest master cannot be read', () => {
  async function prepare() {
    const world = await createWorld();
    const partner = await world.makePartner(accountId, 'vouchersx');
    const overlap = { ...partner.key.versions[0], endsAt: world.time.nowMs + HOUR };
    const key = { ...partner.key, versions: [{ version: 2, master: 9 }, overlap] } as const;
    await world.ports.registry.putKey(key);
    return { world, key, old: partner.secret };
  }

  it('gets a retryable 503 for a signature that fits none of its other secrets', async () => {
    const { world, key } = await prepare();
    const answer = await world.ask(world.signed(submission(), { key, secret: 'sk_the-new-one-or-a-wrong-one' }));
    expect(answer).toMatchObject({ status: 503, json: { code: 'dependency_unavailable', retryable: true } });
    expect(answer.text).not.toContain('master');
  });

  it('is accepted with its other secrets', async () => {
    const { world, key, old } = await prepare();
    expect((await world.ask(world.signed(submission(), { key, secret: old }))).status).toBe(202);
  });

  it('does not change the answer for keys that do not exist or are revoked', async () => {
    const { world, key } = await prepare();
    const other = { key: { ...key, keyId: 'nobody' }, secret: 'sk_any' };
    expect((await world.ask(world.signed(submission(), other))).json.code).toBe('signature_invalid');
    await world.ports.registry.putKey({ ...key, revokedAt: world.time.nowMs });
    expect((await world.ask(world.signed(submission(), { key, secret: 'sk_any' }))).json.code).toBe(
      'signature_invalid',
    );
  });

  it('does not need the master once that version has ended', async () => {
    const { world, key } = await prepare();
    const [current, old] = key.versions;
    const versions = [
      { ...old, endsAt: undefined },
      { ...current, endsAt: world.time.nowMs },
    ] as const;
    await world.ports.registry.putKey({ ...key, versions });
    expect((await world.ask(world.signed(submission(), { key, secret: 'sk_any' }))).status).toBe(401);
  });
});

describe.each(PARTNER_WAYS)('under $name', (way) => {
  it('lets a partner submit a job and read it', async () => {
    const world = await createWorld();
    const partner = await makePartnerOf(world, way);
    const { status, headers, json } = await world.ask(world.signed(submission(), partner));
    expect(status).toBe(202);
    const answer = await world.ask(world.signed(read(headers['location']), partner));
    expect(answer).toMatchObject({ status: 200, json: { jobId: json.jobId, state: 'queued' } });
  });

  it('answers not_permitted on a route of agents, and claims nothing', async () => {
    const world = await createWorld();
    const pull = plainRequest({ method: 'POST', path: '/agent/pull', body: bytesOf({ want: 1 }) });
    const answer = await world.ask(world.signed(pull, await makePartnerOf(world, way)));
    expect(answer).toMatchObject({ status: 403, json: { code: 'not_permitted' } });
    expect(world.ports.oneTimeValues.count()).toBe(0);
  });

  it.each(Object.entries(UNUSABLE_ROWS))(
    'answers an unknown key like %s, after as many look-ups',
    async (_what, makeRow) => {
      const request = await strangersRequest(way);
      const [unknown, other] = [await countingWorld(), await countingWorld()];
      await other.world.ports.registry.putKey(makeRow(way));
      const answers = [];
      for (const { world, lookups } of [unknown, other]) {
        await world.ask(request);
        world.passSeconds(1);
        lookups.length = 0;
        const answer = await world.ask(request);
        answers.push({ ...answer, lookups: lookups.filter((what) => what !== 'ring') });
        expect(world.ports.oneTimeValues.count()).toBe(0);
      }
      expect(answers[1]).toEqual(answers[0]);
      expect(answers[0]).toMatchObject({ status: 401, json: { code: 'signature_invalid' }, lookups: ['key'] });
    },
  );

  it.each(Object.entries(UNUSABLE_ROWS))(
    'answers an unknown key like %s, also while the ring cannot be read',
    async (_what, makeRow) => {
      const request = await strangersRequest(way);
      const [unknown, other] = [await createWorld(), await createWorld()];
      await other.ports.registry.putKey(makeRow(way));
      for (const { ports } of [unknown, other])
        ports.inboundRing.read = async () => {
          throw new DependencyUnavailable('Secrets Manager', { cause: new Error('down') });
        };
      expect(await other.ask(request)).toEqual(await unknown.ask(request));
    },
  );
});

describe('an agent’s key', () => {
  it.each([
    ['a submission', () => submission()],
    ['a read', () => read()],
    ['a read of evidence', () => read(`/api/links/job_${'a'.repeat(52)}/evidence`)],
  ])('is not permitted to send %s, and claims nothing', async (_what, makeRequest) => {
    const world = await createWorld();
    const { key, privateKey } = world.agent;
    const by = { key: { ...samplePartnerKey({ profile: 'rfc9421' }), keyId: key.keyId }, secret: privateKey };
    expect(await world.ask(world.signed(makeRequest(), by))).toMatchObject({
      status: 403,
      json: { code: 'not_permitted' },
    });
    expect([world.ports.oneTimeValues.count(), world.ports.jobs.all()]).toEqual([0, []]);
  });
});

describe('a partner’s Ed25519 key', () => {
  it('verifies no HMAC, not even one whose key is the public bytes, which everybody has', async () => {
    const world = await createWorld();
    const { key } = await world.makeEd25519Partner(accountId, 3);
    const { publicKey } = ed25519Pair(3);
    for (const secret of [publicKey, createSecretKey(Buffer.from(publicKey, 'base64url'))]) {
      const forged = world.signed(submission(), { key, secret });
      expect(forged.headers['signature-input']).toContain('alg="hmac-sha256"');
      const answer = await world.ask(forged);
      expect(answer).toEqual(await (await createWorld()).ask(forged));
      expect(answer.json.code).toBe('signature_invalid');
    }
  });

  it('needs no ring', async () => {
    const { world, lookups } = await countingWorld();
    const partner = await world.makeEd25519Partner(accountId);
    lookups.length = 0;
    world.ports.inboundRing.read = () => Promise.reject(new Error('no ring'));
    expect((await world.ask(world.signed(submission(), partner))).status).toBe(202);
    expect(lookups).toEqual(['key', 'account']);
  });

  it('does not verify the signature of another key pair', async () => {
    const world = await createWorld();
    const { key } = await world.makeEd25519Partner(accountId, 3);
    const by = { key, secret: ed25519Pair(2).privateKey };
    expect((await world.ask(world.signed(submission(), by))).json.code).toBe('signature_invalid');
  });

  it('stays a partner’s key if an agent has the same key pair', async () => {
    const world = await createWorld();
    const partner = await world.makeEd25519Partner(accountId, 1);
    const pull = plainRequest({ method: 'POST', path: '/agent/pull', body: bytesOf({ want: 1 }) });
    expect((await world.ask(world.signed(pull, partner))).json.code).toBe('not_permitted');
    const renamed = world.signed(pull, partner, { keyId: world.agent.key.keyId });
    expect((await world.ask(renamed)).status).toBe(200);
  });
});

describe.each(HMAC_WAYS)('a secret of $name', ({ profile }) => {
  it('is not accepted under another profile', async () => {
    const world = await createWorld();
    const partner = await world.makePartner(accountId, profile);
    for (const other of HMAC_WAYS.filter((way) => way.profile !== profile)) {
      const by = { ...partner, key: { ...partner.key, profile: other.profile } };
      expect((await world.ask(world.signed(submission(), by))).json.code).toBe('signature_invalid');
    }
    expect((await world.ask(world.signed(submission(), partner))).status).toBe(202);
  });

  it('is not accepted for another key', async () => {
    const world = await createWorld();
    const first = await world.makePartner(accountId, profile);
    const second = await world.makePartner(accountId, profile);
    const mixed = world.signed(
      submission(),
      { key: first.key, secret: second.secret },
      { nonce: unique('nonce-of-two-') },
    );
    expect((await world.ask(mixed)).json.code).toBe('signature_invalid');
  });
});
