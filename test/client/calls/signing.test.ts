// The client's requests over real HTTP: the relay verifies them under every profile, and so do other libraries.
import { createPublicKey, createSecretKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { createVerifier, httpbis } from 'http-message-signatures';
import Stripe from 'stripe';
import { describe, expect, test } from 'vitest';
import { digestOf } from '../../protocol/oracles/message-signature-library.ts';
import { openScene, refusalOf } from '../call.ts';
import { PRIVATE_PEM, SECRET, WAYS, wayOf } from '../credentials.ts';
import { JOB_ID, type Seen, SUBMISSION } from '../fake-relay.ts';

describe.each(WAYS)('$name', (way) => {
  test('submits a new job, and gets the same one for the same submission', async () => {
    await using scene = await openScene({ way });
    const first = await scene.client.submit(SUBMISSION);
    expect(first).toMatchObject({ replayed: false, job: { jobId: JOB_ID, ...SUBMISSION } });
    scene.time.nowMs += 1_000;
    expect(await scene.client.submit(SUBMISSION)).toMatchObject({ replayed: true, job: { jobId: JOB_ID } });
    expect(scene.relay.seen.map(({ method, target, verdict }) => [method, target, verdict])).toEqual([
      ['POST', '/api/links/fetch', 'accepted'],
      ['POST', '/api/links/fetch', 'accepted'],
    ]);
    expect(scene.relay.seen.map(({ headers }) => headers['content-type'])).toEqual([
      'application/json',
      'application/json',
    ]);
  });

  test('reads with a request without a body', async () => {
    await using scene = await openScene({ way });
    expect(await scene.client.get(JOB_ID)).toMatchObject({ jobId: JOB_ID, state: 'queued' });
    expect(scene.relay.seen).toMatchObject([{ method: 'GET', target: `/api/links/${JOB_ID}`, verdict: 'accepted' }]);
    expect(scene.relay.seen[0]?.headers['content-type']).toBeUndefined();
  });

  test('is refused when the relay has another key', async () => {
    const isPair = way.key.algorithm === 'ed25519';
    const stranger = isPair ? generateKeyPairSync('ed25519').publicKey : createSecretKey(Buffer.from('another'));
    await using scene = await openScene({ way: { ...way, key: { ...way.key, material: [stranger] } } });
    expect(await refusalOf(scene.client.submit(SUBMISSION))).toMatchObject({ code: 'signature_invalid', status: 401 });
    expect(scene.relay.seen).toHaveLength(1);
  });
});

/** Returns whether the library accepts a received request. It does not check digests. */
async function libraryAccepts({ method, target, headers }: Seen, alg: string, key: KeyObject): Promise<boolean | null> {
  // The library's types require a PEM, but Node accepts the key object too.
  const verify = createVerifier(key as unknown as string, alg);
  const required = ['@method', '@authority', '@path', '@query', 'content-digest'];
  return httpbis.verifyMessage(
    {
      keyLookup: async ({ keyid }) => (keyid === 'acme' ? { id: keyid, algs: [alg], verify } : null),
      requiredFields: required,
    },
    { method, url: `http://${headers['host']}${target}`, headers },
  );
}

describe('other libraries', () => {
  test.each([
    ['rfc9421', createSecretKey(Buffer.from(SECRET))],
    ['rfc9421 with Ed25519', createPublicKey(PRIVATE_PEM)],
  ] as const)('http-message-signatures accepts %s', async (name, key) => {
    await using scene = await openScene({ way: wayOf(name) });
    await scene.client.submit(SUBMISSION);
    const [seen] = scene.relay.seen;
    if (!seen) throw new Error('The relay received no request.');
    const { algorithm } = wayOf(name).key;
    expect(await libraryAccepts(seen, algorithm, key)).toBe(true);
    expect(await libraryAccepts({ ...seen, target: '/api/auth/check' }, algorithm, key)).toBe(false);
    expect(seen.headers['content-digest']).toBe(digestOf(seen.body));
  });

  test('stripe’s constructEvent accepts vouchersx', async () => {
    await using scene = await openScene({ way: wayOf('vouchersx') });
    await scene.client.submit(SUBMISSION);
    const [seen] = scene.relay.seen;
    const header = seen?.headers['x-signature'] ?? '';
    const construct = (body: Buffer) =>
      Stripe.webhooks.constructEvent(body, header, SECRET, 300, undefined, scene.time.nowMs);
    expect(construct(seen?.body ?? Buffer.alloc(0))).toEqual(SUBMISSION);
    expect(() => construct(Buffer.from('{}'))).toThrow('No signatures found');
  });
});
