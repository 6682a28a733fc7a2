// The options of the client: which values are valid, and the errors for the others.
import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { RelayClient, type RelayClientOptions } from '../../../lib/client/relay-client.ts';
import { type Credentials, createSigner } from '../../../lib/client/signer.ts';
import { INBOUND_PROFILES } from '../../../lib/protocol/profiles/profiles.ts';
import { send } from '../../support/agent/fake-relay.ts';
import { openScene, virtualTime } from '../call.ts';
import { PRIVATE_PEM, SECRET, wayOf } from '../credentials.ts';
import { JOB_ID, startFakeRelay } from '../fake-relay.ts';

const good = { baseUrl: 'https://relay.example', ...wayOf('rfc9421').credentials };
const clientWith = (more: object) => () => new RelayClient({ ...good, ...more } as RelayClientOptions);

describe('baseUrl', () => {
  test.each([
    'https://relay.example',
    'https://relay.example/',
    'https://relay.example:8443',
    'http://127.0.0.1:3000',
    'http://[::1]:3000',
    'HTTPS://Relay.Example',
  ])('may be %s', (baseUrl) => {
    expect(clientWith({ baseUrl })).not.toThrow();
  });

  test.each([
    '',
    'relay.example',
    'relay.example:443',
    '/api',
    'https://relay.example/stage',
    'https://relay.example/?a=b',
    'https://relay.example/#a',
    'https://user:password@relay.example',
    'https://user@relay.example/',
    'ftp://relay.example',
    'mailto:relay@example',
    'javascript:alert(1)',
    undefined,
  ])('must not be %s', (baseUrl) => {
    expect(clientWith({ baseUrl })).toThrow('baseUrl must be a scheme and a host only, as in https://relay.example.');
  });

  test.each(['/', ''])('is signed as the host of the request, with %j at its end', async (end) => {
    const { key, credentials } = wayOf('rfc9421');
    await using relay = await startFakeRelay(key);
    const client = new RelayClient({ ...credentials, baseUrl: relay.origin.toUpperCase() + end });
    expect(await client.get(JOB_ID)).toMatchObject({ jobId: JOB_ID });
  });
});

describe('a timeout', () => {
  test.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31, '10', null])('must not be %s', (ms) => {
    for (const name of ['attemptTimeoutMs', 'callTimeoutMs'])
      expect(clientWith({ [name]: ms })).toThrow(
        'A timeout must be a number of milliseconds, more than 0 and at most one day.',
      );
  });

  test('may have a fraction', async () => {
    await using scene = await openScene({ attemptTimeoutMs: 5_000.5, callTimeoutMs: 20_000.25 });
    expect(await scene.client.get(JOB_ID)).toMatchObject({ jobId: JOB_ID });
  });
});

describe('throws an error with a sentence for', () => {
  test('a client without options', () => {
    for (const options of [undefined, null, 'https://relay.example'])
      expect(() => new RelayClient(options as never)).toThrow(
        'Give at least baseUrl, profile, keyId, and secret or privateKey.',
      );
  });

  test.each(['2020-01-01', 1_577_836_800_000, new Date('never'), null])('jobs since %j', async (since) => {
    await using scene = await openScene();
    const sentence = 'since must be a valid Date.';
    await expect(scene.client.listPage({ since: since as Date })).rejects.toThrow(sentence);
    await expect(scene.client.list({ since: since as Date }).next()).rejects.toThrow(sentence);
    expect(scene.relay.seen).toHaveLength(0);
  });

  test.each([Number.NaN, '5000', null])('a wait of %j', async (timeoutMs) => {
    await using scene = await openScene();
    await expect(scene.client.waitForResult(JOB_ID, { timeoutMs: timeoutMs as number })).rejects.toThrow(
      'timeoutMs must be a number of milliseconds.',
    );
    expect(scene.relay.seen).toHaveLength(0);
  });
});

test('listPage without a filter returns the first page of all jobs', async () => {
  await using scene = await openScene();
  scene.relay.turns.push((response) => send(response, 200, { jobs: [] }));
  expect(await scene.client.listPage()).toEqual({ jobs: [] });
  expect(scene.relay.seen).toMatchObject([{ target: '/api/links', verdict: 'accepted' }]);
});

describe('a path parameter', () => {
  test.each([
    '',
    '.',
    '../..',
    '../auth/check',
    '..%2f',
    'a/b',
    'a?b',
    'a#b',
    'a%2fb',
    'a\\b',
    'a b',
    'a\nb',
    'ä',
    'a'.repeat(129),
    undefined,
    null,
    7,
    {},
  ])('that is not a valid job id is refused before anything is sent: %j', async (jobId) => {
    await using scene = await openScene();
    for (const method of ['get', 'evidence', 'waitForResult'] as const)
      await expect(scene.client[method](jobId as string)).rejects.toThrow('Not a valid jobId');
    expect(scene.relay.seen).toHaveLength(0);
  });
});

describe('credentials', () => {
  const signerOf = (credentials: object) => () => createSigner(credentials as Credentials);

  test.each(INBOUND_PROFILES)('under %s may be a key id and a secret', (profile) => {
    expect(signerOf({ profile, keyId: 'acme', secret: SECRET })()).toMatchObject({ profile, keyId: 'acme' });
    expect(signerOf({ profile, keyId: 'acme', secret: SECRET, privateKey: undefined })).not.toThrow();
  });

  test('may be an Ed25519 key, as PEM or as an object', () => {
    const { privateKey } = generateKeyPairSync('ed25519');
    for (const given of [privateKey, PRIVATE_PEM])
      expect(signerOf({ profile: 'rfc9421', keyId: 'acme', privateKey: given })()).toMatchObject({
        algorithm: 'ed25519',
      });
  });

  const publicKey = generateKeyPairSync('ed25519').publicKey;
  const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  const encrypted = generateKeyPairSync('ed25519').privateKey.export({
    type: 'pkcs8',
    format: 'pem',
    cipher: 'aes-256-cbc',
    passphrase: 'p',
  });
  test.each([
    [{ profile: 'tolinku' }, 'Unknown profile tolinku. Use one of: rfc9421, link-peeler,'],
    [{ profile: 'toString' }, 'Unknown profile toString.'],
    [{ profile: undefined }, 'Unknown profile undefined.'],
    [{ keyId: '' }, 'A key id has'],
    [{ keyId: 'a'.repeat(65) }, 'A key id has'],
    [{ keyId: 'a\r\nb' }, 'A key id has'],
    [{ keyId: undefined }, 'A key id has'],
    [{ secret: '' }, 'The secret is empty.'],
    [{ secret: `${SECRET}\n` }, 'The secret has spaces or a line break around it.'],
    [{ secret: ` ${SECRET}` }, 'The secret has spaces or a line break around it.'],
    [{ secret: undefined }, 'Give either the secret or the private key'],
    [{ secret: 5 }, 'The secret is empty.'],
    [{ privateKey: PRIVATE_PEM }, 'Give either the secret or the private key'],
    [{ secret: undefined, privateKey: SECRET }, 'The private key must be PKCS #8 in PEM.'],
    [{ secret: undefined, privateKey: encrypted }, 'The private key must be PKCS #8 in PEM.'],
    [{ secret: undefined, privateKey: publicKey }, 'The private key must be an Ed25519 key.'],
    [{ secret: undefined, privateKey: p256 }, 'The private key must be an Ed25519 key.'],
    [{ secret: undefined, privateKey: PRIVATE_PEM, profile: 'nitro' }, 'A private key signs under rfc9421 only'],
  ])('throw an error with %o: %s', (more, message) => {
    const make = signerOf({ profile: 'rfc9421', keyId: 'acme', secret: SECRET, ...more });
    expect(make).toThrow(message);
    expect(clientWith({ secret: SECRET, ...more })).toThrow(message);
    expect(String(failureOf(make))).not.toContain(SECRET.slice(4));
  });
});

function failureOf(make: () => unknown): unknown {
  try {
    return make();
  } catch (error) {
    return error;
  }
}

test('a missing port is the machine’s own', async () => {
  const { key, credentials } = wayOf('rfc9421');
  await using relay = await startFakeRelay(key);
  const { clock } = virtualTime().ports;
  const client = new RelayClient({ ...credentials, baseUrl: relay.origin, ports: clock ? { clock } : {} });
  expect(await client.get(JOB_ID)).toMatchObject({ jobId: JOB_ID });
});
