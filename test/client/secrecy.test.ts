// Secrets and signatures are not printed: no object or error that a program may log shows them.
import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { DeliveryRefused, verifyDelivery } from '../../lib/client/deliveries.ts';
import { RelayClient } from '../../lib/client/relay-client.ts';
import { createSigner } from '../../lib/client/signer.ts';
import { OUTBOUND_PROFILES, PROFILES } from '../../lib/protocol/profiles/profiles.ts';
import { send, sendProblem } from '../support/agent/fake-relay.ts';
import { openScene, type Scene } from './call.ts';
import { PRIVATE_PEM, SECRET, WAYS } from './credentials.ts';
import { answer, NOW, OTHER_SECRET, sent, SECRET as WEBHOOK_SECRET } from './deliveries/consumer.ts';
import { JOB_ID, SUBMISSION, type Turn } from './fake-relay.ts';

const KEY = PRIVATE_PEM.split('\n')[1] ?? '';

/** Returns every text that a log may print of a value. */
function printed(value: unknown): string {
  const whole = inspect(value, { depth: Infinity, showHidden: true, getters: true });
  const named = inspect(value, { depth: 5 });
  return [whole, named, JSON.stringify(value), String(value), (value as Error)?.stack].join('\n');
}

/** Returns every encoding in which a secret may leak. */
function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const decoded = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  return [bytes, decoded].flatMap((form) => [form.toString(), form.toString('base64'), form.toString('hex')]);
}

const SECRETS = [...formsOf(SECRET), ...formsOf(WEBHOOK_SECRET), KEY, Buffer.from(KEY, 'base64').toString('hex')];

function expectSilence(value: unknown, more: readonly string[] = []): void {
  const text = printed(value);
  expect([...SECRETS, ...more].filter((secret) => text.includes(secret))).toEqual([]);
}

test('the check finds a secret in an object, in hex, and in a stack', () => {
  expect(() => expectSilence({ a: { b: [SECRET] } })).toThrow();
  expect(() => expectSilence({ key: Buffer.from(SECRET).toString('hex') })).toThrow();
  expect(() => expectSilence(new Error('no', { cause: new Error(PRIVATE_PEM) }))).toThrow();
  expect(() => expectSilence({ fine: true })).not.toThrow();
});

const TURNS: readonly (readonly [string, (scene: Scene) => Turn])[] = [
  ['a refusal', (scene) => (response) => sendProblem(response, 'signature_invalid', scene.time.nowMs)],
  ['the refusal of a proxy', () => (response) => send(response, 403, {})],
  ['an HTML page', () => (response) => void response.writeHead(200, { 'content-type': 'text/html' }).end('<html>')],
  ['a broken connection', () => (response) => void response.socket?.resetAndDestroy()],
];

describe.each(WAYS)('$name', (way) => {
  test('signer and client do not print the secret', () => {
    expectSilence(createSigner(way.credentials));
    expectSilence(new RelayClient({ ...way.credentials, baseUrl: 'https://relay.example' }));
  });

  test.each(TURNS)('the error after %s prints neither the secret nor the signature', async (_, turn) => {
    await using scene = await openScene({ way });
    scene.relay.turns.push(...Array(100).fill(turn(scene)));
    const failure = await scene.client.submit(SUBMISSION).catch((error: unknown) => error);
    expect(failure).toMatchObject({ name: 'RelayError' });
    const signature = Buffer.from(scene.relay.seen[0]?.verified?.claim.signatures[0] ?? []);
    expect(signature.length).toBeGreaterThanOrEqual(32);
    expectSilence(failure, [signature.toString('hex'), signature.toString('base64'), signature.toString('base64url')]);
  });

  test('the error of an attempt that took too long does not print the secret', async () => {
    await using scene = await openScene({ way, attemptTimeoutMs: 20, callTimeoutMs: 21 });
    scene.relay.turns.push(() => {});
    expectSilence(await scene.client.get(JOB_ID).catch((error: unknown) => error));
  });
});

describe.each(OUTBOUND_PROFILES)('a refused delivery of %s', (profile) => {
  const { headers, body } = sent(profile);
  const header = PROFILES[profile].headerCodec.signatureHeader;
  const delivery = { profile, secret: WEBHOOK_SECRET, headers, body, nowMs: NOW };

  test.each([
    ['another secret', { secret: OTHER_SECRET, ...sent(profile, undefined, [OTHER_SECRET]) }],
    ['another body', { body: Buffer.from('{}') }],
    ['another form', { headers: { ...headers, [header]: WEBHOOK_SECRET } }],
  ])('prints neither the secret nor the right signature: %s', (_, more) => {
    const failure = failureOf({ ...delivery, ...more, secret: WEBHOOK_SECRET });
    expect(failure).toBeInstanceOf(DeliveryRefused);
    const genuine = (headers[header] ?? '').replace(/^.*v1[,=]/, '');
    expect(genuine.length).toBeGreaterThan(40);
    expectSilence(failure, [genuine]);
  });

  test('would be accepted unchanged, so the test uses a right signature', () => {
    expect(typeof answer(delivery)).toBe('object');
  });
});

function failureOf(delivery: Parameters<typeof verifyDelivery>[0]): unknown {
  try {
    return verifyDelivery(delivery);
  } catch (error) {
    return error;
  }
}
