// Enrolment: a token can be used by one key, within ten minutes, and only with that key's own signature.
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { makeEnrollmentToken } from '../../../lib/protocol/enrollment-token.ts';
import { createEnrollmentToken } from '../../../lib/relay/operator/accounts/agents.ts';
import { granted } from '../../support/relay/outcomes.ts';
import { ACCOUNT, MINUTE, NOW, unique } from '../../support/relay/samples.ts';
import { bytesOf, createWorld, plainRequest, type World, withHeaders } from '../../support/relay/world.ts';
import { ed25519Pair, signMessage } from '../../support/signing/signing.ts';

interface Enrolment {
  readonly token?: string;
  readonly pair?: 1 | 2 | 3;
  readonly signedBy?: 1 | 2 | 3;
  readonly keyId?: string;
  readonly tag?: string;
  readonly publicKey?: string;
  readonly timestampMs?: number;
  readonly extra?: Readonly<Record<string, unknown>>;
}

const thumbprint = (publicKey: string) =>
  createHash('sha256').update(Buffer.from(publicKey, 'base64url')).digest('base64url');

/** Returns the secret inside a token that the operator made. */
async function issueToken(world: World): Promise<string> {
  const input = { accountId: ACCOUNT.accountId, pool: 'second', labels: ['berlin'], relayUrl: 'https://relay.example' };
  const { token } = granted(await createEnrollmentToken(world.ports, input));
  return JSON.parse(Buffer.from(token.reveal().slice('set_'.length), 'base64url').toString()).t;
}

function requestOf(world: World, enrolment: Enrolment) {
  const { pair = 1, signedBy = pair, tag = 'signet-enroll', timestampMs = world.time.nowMs } = enrolment;
  const { publicKey = ed25519Pair(pair).publicKey, token = 't'.repeat(43), extra } = enrolment;
  const body = bytesOf({ token, publicKey, name: 'desk 4', ...extra });
  const request = plainRequest({ method: 'POST', path: '/agent/enroll', body });
  const keyId = enrolment.keyId ?? thumbprint(publicKey);
  const signing = { keyId, timestampMs, nonce: unique('nonce-of-enrolment-'), tag };
  return withHeaders(request, signMessage(request, ed25519Pair(signedBy).privateKey, signing));
}

async function ready() {
  const world = await createWorld();
  const token = await issueToken(world);
  const enrol = (enrolment: Enrolment = {}) => world.ask(requestOf(world, { token, ...enrolment }));
  return { world, token, enrol };
}

describe('enrolment', () => {
  it('makes a desktop an agent of the token’s account and pool, which can pull at once', async () => {
    const { world, enrol } = await ready();
    const answer = await enrol();
    expect(answer).toMatchObject({
      status: 200,
      json: {
        agentId: expect.stringMatching(/^agt_[a-z2-7]{26}$/),
        accountId: ACCOUNT.accountId,
        pool: 'second',
        labels: ['berlin'],
        serverTime: '2026-11-22T12:00:00.250Z',
      },
    });
    const key = await world.ports.directory.findKey(answer.json.agentId);
    expect(key).toMatchObject({ kind: 'agent', profile: 'rfc9421', publicKey: ed25519Pair(1).publicKey });
    const agent = { key: key as never, privateKey: ed25519Pair(1).privateKey };
    expect((await world.pull({ want: 1 }, agent)).status).toBe(200);
    expect(world.namesOfEvents()).toContain('agent.enrolled');
  });

  it('may be repeated by the same key until the token expires, with the same answer', async () => {
    const { world, enrol } = await ready();
    const first = await enrol();
    expect((await enrol()).json).toEqual(first.json);
    expect(world.namesOfEvents().filter((name) => name === 'agent.enrolled')).toHaveLength(1);
    world.passSeconds(600);
    expect((await enrol()).json.code).toBe('enrollment_refused');
  });

  it('claims no nonce, because the token is used up', async () => {
    const { world, token } = await ready();
    const request = requestOf(world, { token });
    expect((await world.ask(request)).status).toBe(200);
    expect((await world.ask(request)).status).toBe(200);
    expect(world.ports.oneTimeValues.count()).toBe(0);
  });

  it('accepts one of two keys that use a token concurrently', async () => {
    const { enrol } = await ready();
    const answers = await Promise.all([enrol({ pair: 1 }), enrol({ pair: 2 })]);
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 401]);
  });

  it('returns the same agent for the same key with another token of the account', async () => {
    const { world, enrol } = await ready();
    const first = await enrol();
    world.ports.randomBytes = (count) => Buffer.alloc(count, 8);
    const again = await enrol({ token: await issueToken(world) });
    expect(again.json.agentId).toBe(first.json.agentId);
  });
});

describe('a refused enrolment', () => {
  it('is answered with enrollment_refused when another key used the token', async () => {
    const { enrol } = await ready();
    await enrol();
    expect(await enrol({ pair: 2 })).toMatchObject({ status: 401, json: { code: 'enrollment_refused' } });
  });

  it('gets the same answer for an unknown token and for an expired one', async () => {
    const { world, enrol } = await ready();
    world.time.nowMs = NOW + 10 * MINUTE;
    const [expired, unknown] = [await enrol(), await enrol({ token: 'u'.repeat(43) })];
    expect({ ...expired.json, requestId: '' }).toEqual({ ...unknown.json, requestId: '' });
    expect(expired.json).toMatchObject({ code: 'enrollment_refused', detail: expect.stringContaining('ten minutes') });
  });

  it('is not refused in the last millisecond of the token', async () => {
    const { world, enrol } = await ready();
    world.time.nowMs = NOW + 10 * MINUTE - 1;
    expect((await enrol()).status).toBe(200);
  });

  it.each([
    ['a signature of another key', { signedBy: 2 }, 'signature_invalid'],
    ['a key id that is not the thumbprint', { keyId: 'agt_other' }, 'enrollment_refused'],
    ['the thumbprint of another key', { keyId: thumbprint(ed25519Pair(2).publicKey) }, 'enrollment_refused'],
    ['the tag that other requests use', { tag: 'signet' }, 'signature_missing'],
    ['an old timestamp', { timestampMs: NOW - 302_000 }, 'timestamp_out_of_range'],
    ['a public key of small order', { publicKey: Buffer.alloc(32).toString('base64url') }, 'enrollment_refused'],
    ['a public key that is not canonical base64url', { publicKey: `${'A'.repeat(42)}B` }, 'enrollment_refused'],
    ['a public key of another length', { publicKey: 'AAAA' }, 'validation_failed'],
    ['a token of another length', { token: 'short' }, 'validation_failed'],
    ['an unknown field', { extra: { pool: 'default' } }, 'validation_failed'],
  ] as const)('does not use up the token: %s', async (_what, enrolment, code) => {
    const { world, enrol } = await ready();
    expect((await enrol(enrolment as Enrolment)).json.code).toBe(code);
    expect((await enrol()).status).toBe(200);
    expect(world.namesOfEvents().filter((name) => name === 'agent.enrolled')).toHaveLength(1);
  });

  it.each([
    ['no signature', {}, 'signature_missing'],
    ['a signature that cannot be parsed', { 'signature-input': 'sig=' }, 'request_malformed'],
  ])('is answered for its headers: %s', async (_what, headers, code) => {
    const { world, token } = await ready();
    const body = bytesOf({ token, publicKey: ed25519Pair(1).publicKey });
    const answer = await world.ask(plainRequest({ method: 'POST', path: '/agent/enroll', body, headers }));
    expect(answer.json.code).toBe(code);
  });

  it('is answered before the token is looked up when the signature is wrong', async () => {
    const { world, enrol } = await ready();
    const lookups: string[] = [];
    const { findGrant } = world.ports.enrollment;
    world.ports.enrollment = {
      ...world.ports.enrollment,
      findGrant: (token) => {
        lookups.push(token);
        return findGrant(token);
      },
    };
    await enrol({ signedBy: 2 });
    expect(lookups).toEqual([]);
  });
});

describe('the token', () => {
  it('contains the relay’s URL and 256 random bits; the table has only its hash', () => {
    const { token, tokenSha256 } = makeEnrollmentToken('https://relay.example', () => Buffer.alloc(32, 7));
    const content = JSON.parse(Buffer.from(token.reveal().slice(4), 'base64url').toString());
    const secret = Buffer.alloc(32, 7).toString('base64url');
    expect(content).toEqual({ u: 'https://relay.example', t: secret });
    expect(tokenSha256).toBe(createHash('sha256').update(secret).digest('hex'));
  });

  it('cannot be printed by accident', () => {
    const { token } = makeEnrollmentToken('https://relay.example', () => Buffer.alloc(32, 7));
    expect(`${token} ${JSON.stringify({ token })}`).toBe('*** {"token":"***"}');
  });
});
