// Secrets and signatures stay where they are: nothing that a program may log shows them.
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

/** Everything that a log may make of a value. */
function printed(value: unknown): string {
  const whole = inspect(value, { depth: Infinity, showHidden: true, getters: true });
  const named = inspect(value, { depth: 5 });
  return [whole, named, JSON.stringify(value), String(value), (value as Error)?.stack].join('\n');
}

/** A secret text in each form that it may leave in. */
function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const decoded = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  return [bytes, decoded].flatMap((one) => [one.toString(), one.toString('base64'), one.toString('hex')]);
}

const SECRETS = [...formsOf(SECRET), ...formsOf(WEBHOOK_SECRET), KEY, Buffer.from(KEY, 'base64').toString('hex')];

function expectSilence(value: unknown, more: readonly string[] = []): void {
  const text = printed(value);
  expect([...SECRETS, ...more].filter((secret) => text.includes(secret))).toEqual([]);
}

test('the check finds a secret in an object, a list of bytes in hex, and a stack', () => {
  expect(() => expectSilence({ a: { b: [SECRET] } })).toThrow();
  expect(() => expectSilence({ key: Buffer.from(SECRET).toString('hex') })).toThrow();
  expect(() => expectSilence(new Error('no', { cause: new Error(PRIVATE_PEM) }))).toThrow();
  expect(() => expectSilence({ fine: true })).not.toThrow();
});

const TURNS: readonly (readonly [string, (scene: Scene) => Turn])[] = [
  ['a refusal', (scene) => (response) => sendProblem(response, 'signature_invalid', scene.time.nowMs)],
  ['something in between', () => (response) => send(response, 403, {})],
  ['a page', () => (response) => void response.writeHead(200, { 'content-type': 'text/html' }).end('<html>')],
  ['a broken connection', () => (response) => void response.socket?.resetAndDestroy()],
];

describe.each(WAYS)('$name', (way) => {
  test('signer and client print without it', () => {
    expectSilence(createSigner(way.credentials));
    expectSilence(new RelayClient({ ...way.credentials, baseUrl: 'https://relay.example' }));
  });

  test.each(TURNS)('the error after %s prints without it, and without the signature', async (_, turn) => {
    await using scene = await openScene({ way });
    scene.relay.turns.push(...Array(100).fill(turn(scene)));
    const failure = await scene.client.submit(SUBMISSION).catch((error: unknown) => error);
    expect(failure).toMatchObject({ name: 'RelayError' });
    const signature = Buffer.from(scene.relay.seen[0]?.verified?.claim.signatures[0] ?? []);
    expect(signature.length).toBeGreaterThanOrEqual(32);
    expectSilence(failure, [signature.toString('hex'), signature.toString('base64'), signature.toString('base64url')]);
  });

  test('so does the error of an attempt that took too long', async () => {
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
  ])('prints without secret and genuine signature: %s', (_, more) => {
    const failure = failureOf({ ...delivery, ...more, secret: WEBHOOK_SECRET });
    expect(failure).toBeInstanceOf(DeliveryRefused);
    const genuine = (headers[header] ?? '').replace(/^.*v1[,=]/, '');
    expect(genuine.length).toBeGreaterThan(40);
    expectSilence(failure, [genuine]);
  });

  test('and the genuine one is taken, so that there was something to find', () => {
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
