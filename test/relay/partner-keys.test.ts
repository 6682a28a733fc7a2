// Keys at the door: each kind where it belongs, and none that tells a stranger whether it exists.
import { createSecretKey } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { IncomingRequest } from '../../lib/relay/front-door.ts';
import { DependencyUnavailable } from '../../lib/relay/ports.ts';
import { HMAC_WAYS, makePartnerOf, PARTNER_WAYS, type PartnerWay, read, submission } from './partner-ways.ts';
import { ACCOUNT, NOW, samplePartnerKey, unique } from './samples.ts';
import { ed25519Pair } from './signing.ts';
import { bytesOf, createWorld, type Partner, plainRequest, type World } from './world.ts';

const { accountId } = ACCOUNT;

/** A world that counts what is looked up in it. */
async function countingWorld() {
  const world = await createWorld();
  const lookups: string[] = [];
  const { directory, inboundRing } = world.ports;
  world.ports.directory = {
    ...directory,
    findKey: (keyId) => {
      lookups.push('key');
      return directory.findKey(keyId);
    },
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

/** Everything that a sender sees, without what is new in every answer. */
async function answerTo(world: World, request: IncomingRequest) {
  const { status, headers, json } = await world.ask(request);
  return { status, headers, body: { ...json, requestId: '' } };
}

describe.each(PARTNER_WAYS)('under $name', (way) => {
  it('a partner submits a job and reads it', async () => {
    const world = await createWorld();
    const partner = await makePartnerOf(world, way);
    const { status, headers, json } = await world.ask(world.signed(submission(), partner));
    expect(status).toBe(202);
    const answer = await world.ask(world.signed(read(headers['location']), partner));
    expect(answer).toMatchObject({ status: 200, json: { jobId: json.jobId, state: 'queued' } });
  });

  it('an agent’s route is not permitted, and nothing is spent on it', async () => {
    const world = await createWorld();
    const pull = plainRequest({ method: 'POST', path: '/agent/pull', body: bytesOf({ want: 1 }) });
    const answer = await world.ask(world.signed(pull, await makePartnerOf(world, way)));
    expect(answer).toMatchObject({ status: 403, json: { code: 'not_permitted' } });
    expect(world.ports.oneTimeValues.count()).toBe(0);
  });

  it('an unknown key is answered as a wrong signature is, after as many look-ups', async () => {
    const { world, lookups } = await countingWorld();
    const answers = [];
    for (const by of await strangersOf(world, way)) {
      lookups.length = 0;
      const answer = await answerTo(world, world.signed(submission(), by));
      answers.push({ ...answer, lookups: lookups.filter((what) => what !== 'ring') });
    }
    expect(answers[0]).toMatchObject({ status: 401, body: { code: 'signature_invalid' }, lookups: ['key'] });
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    expect(world.ports.oneTimeValues.count()).toBe(0);
  });

  it('an unknown key is answered as a known one is, also while the ring cannot be read', async () => {
    const world = await createWorld();
    const strangers = await strangersOf(world, way);
    world.ports.inboundRing.read = async () => {
      throw new DependencyUnavailable('Secrets Manager', { cause: new Error('down') });
    };
    const answers = [];
    for (const by of strangers) answers.push(await answerTo(world, world.signed(submission(), by)));
    for (const answer of answers) expect(answer).toEqual(answers[0]);
  });
});

/** Who signs with what is not the key's, or under a key that does not exist or does not fit. All sign in the same form. */
async function strangersOf(world: World, way: PartnerWay): Promise<readonly Partner[]> {
  const secret = way.isHmac ? 'sk_wrong' : ed25519Pair(2).privateKey;
  const known = await makePartnerOf(world, way);
  const inForm = { ...known.key, profile: way.profile } as Partner['key'];
  const others = PARTNER_WAYS.filter(({ profile, isHmac }) => profile !== way.profile || isHmac !== way.isHmac);
  const ofOthers = await Promise.all(others.map((other) => makePartnerOf(world, other)));
  const ended = samplePartnerKey({ profile: way.profile, versions: [{ version: 1, master: 1, endsAt: NOW }] });
  await world.ports.registry.putKey(ended);
  return [
    { key: { ...inForm, keyId: 'nobody' }, secret },
    { key: inForm, secret },
    ...ofOthers.map(({ key }) => ({ key: { ...inForm, keyId: key.keyId }, secret })),
    { key: { ...inForm, keyId: ended.keyId }, secret },
    ...(way.profile === 'rfc9421' ? [] : [{ key: { ...inForm, keyId: world.agent.key.keyId }, secret }]),
  ];
}

describe('an agent’s key', () => {
  it.each([
    ['a submission', () => submission()],
    ['a read', () => read()],
    ['a read of evidence', () => read(`/api/links/job_${'a'.repeat(52)}/evidence`)],
  ])('is not permitted %s, and spends nothing on it', async (_what, makeRequest) => {
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
  it('takes no HMAC: not even one under its public bytes, which everybody has', async () => {
    const world = await createWorld();
    const { key } = await world.makeEd25519Partner(accountId, 3);
    const { publicKey } = ed25519Pair(3);
    for (const secret of [publicKey, createSecretKey(Buffer.from(publicKey, 'base64url'))]) {
      const forged = world.signed(submission(), { key, secret });
      expect(forged.headers['signature-input']).toContain('alg="hmac-sha256"');
      const unknown = world.signed(submission(), { key: { ...key, keyId: 'nobody' }, secret });
      expect(await answerTo(world, forged)).toEqual(await answerTo(world, unknown));
      expect((await world.ask(forged)).json.code).toBe('signature_invalid');
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

  it('is the partner’s own: another pair signs for nothing', async () => {
    const world = await createWorld();
    const { key } = await world.makeEd25519Partner(accountId, 3);
    const by = { key, secret: ed25519Pair(2).privateKey };
    expect((await world.ask(world.signed(submission(), by))).json.code).toBe('signature_invalid');
  });

  it('is a partner’s, although an agent has the same pair', async () => {
    const world = await createWorld();
    const partner = await world.makeEd25519Partner(accountId, 1);
    const pull = plainRequest({ method: 'POST', path: '/agent/pull', body: bytesOf({ want: 1 }) });
    expect((await world.ask(world.signed(pull, partner))).json.code).toBe('not_permitted');
    const renamed = world.signed(pull, partner, { keyId: world.agent.key.keyId });
    expect((await world.ask(renamed)).status).toBe(200);
  });
});

describe.each(HMAC_WAYS)('a secret of $name', ({ profile }) => {
  it('signs under no other profile', async () => {
    const world = await createWorld();
    const partner = await world.makePartner(accountId, profile);
    for (const other of HMAC_WAYS.filter((one) => one.profile !== profile)) {
      const by = { ...partner, key: { ...partner.key, profile: other.profile } };
      expect((await world.ask(world.signed(submission(), by))).json.code).toBe('signature_invalid');
    }
    expect((await world.ask(world.signed(submission(), partner))).status).toBe(202);
  });

  it('is another for another key', async () => {
    const world = await createWorld();
    const [one, other] = [await world.makePartner(accountId, profile), await world.makePartner(accountId, profile)];
    const mixed = world.signed(
      submission(),
      { key: one.key, secret: other.secret },
      { nonce: unique('nonce-of-two-') },
    );
    expect((await world.ask(mixed)).json.code).toBe('signature_invalid');
  });
});
