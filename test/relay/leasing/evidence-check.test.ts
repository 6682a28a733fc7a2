// verifyEvidence: evidence is refused unless this agent signed it and it proves this result. Tested through the pull endpoint.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jwsFor, leasedWorld } from '../../support/relay/evidence-samples.ts';
import { ed25519Pair } from '../../support/signing/signing.ts';

describe('evidence that does not prove the result', () => {
  const refused = [{ jobId: expect.any(String), code: 'validation_failed' }];

  it.each([
    ['accountId', 'other4other4other'],
    ['agentId', 'agt_other'],
    ['jobId', `job_${'a'.repeat(52)}`],
    ['createdAt', '2026-11-22T12:00:00.251Z'],
    ['fence', 2],
    ['trackingUrl', 'https://click.example.com/other'],
  ])('is refused when it has another %s', async (field, value) => {
    const { world, leased, report, job } = await leasedWorld();
    expect((await report(jwsFor(world, leased, { payload: { [field]: value } }))).rejected).toEqual(refused);
    expect((await job())?.state).toBe('leased');
    expect(await world.ports.evidence.find(leased.lease.jobId)).toBeUndefined();
  });

  it.each([
    ['another kid', { kid: 'agt_other' }],
    ['no kid', { kid: undefined }],
    ['another typ', { typ: 'JWT' }],
    ['no typ', { typ: undefined }],
    ['alg none', { alg: 'none' }],
    ['alg HS256', { alg: 'HS256' }],
    ['alg Ed25519, which we do not use', { alg: 'Ed25519' }],
    ['no alg', { alg: undefined }],
    ['a key', { jwk: { kty: 'OKP', crv: 'Ed25519', x: ed25519Pair(2).publicKey } }],
    ['the URL of a key', { jku: 'https://evil.example/jwks.json' }],
    ['an unknown extension', { crit: ['exp'], exp: 1 }],
    ['an unencoded payload', { b64: false, crit: ['b64'] }],
  ])('is refused with %s in its header', async (_what, header) => {
    const { world, leased, report } = await leasedWorld();
    expect((await report(jwsFor(world, leased, { header }))).rejected).toEqual(refused);
  });

  it('is refused when another key signed it, with or without that key in the header', async () => {
    const { world, leased, report } = await leasedWorld();
    const { privateKey: key, publicKey: x } = ed25519Pair(2);
    expect((await report(jwsFor(world, leased, { key }))).rejected).toEqual(refused);
    const header = { jwk: { kty: 'OKP', crv: 'Ed25519', x } };
    expect((await report(jwsFor(world, leased, { key, header }))).rejected).toEqual(refused);
  });

  it('is refused when a character of it was changed', async () => {
    const { world, leased, report } = await leasedWorld();
    const jws = jwsFor(world, leased);
    for (const at of [5, jws.indexOf('.') + 20, jws.lastIndexOf('.') + 10]) {
      const changed = jws.slice(0, at) + (jws[at] === 'A' ? 'B' : 'A') + jws.slice(at + 1);
      expect((await report(changed)).rejected).toEqual(refused);
    }
  });

  it.each([
    ['an unknown conclusion', { conclusion: 'great' }],
    ['a reason of another conclusion', { reason: 'hop_timeout' }],
    ['a reason that is a property of every object', { reason: 'constructor' }],
    ['a conclusion that is a property of every object', { conclusion: 'constructor' }],
    ['no hops', { hops: undefined }],
    ['33 hops', { hops: Array.from({ length: 33 }, () => ({ url: 'https://e.com' })) }],
    ['a final URL that is not a text', { finalUrl: 7 }],
    ['a final URL that is too long', { finalUrl: 'x'.repeat(4_097) }],
    ['a time of another form', { finishedAt: 'now' }],
    ['a fence that is not a number', { fence: '1' }],
    ['more than 64 KiB', { padding: 'x'.repeat(50_000) }],
  ])('is refused with %s', async (_what, payload) => {
    const { world, leased, report } = await leasedWorld();
    expect((await report(jwsFor(world, leased, { payload }))).rejected).toEqual(refused);
  });

  it.each(['', '.', '../..', '...', 'a.b.c', 'hello', '{"payload":"","signatures":[]}', `${'a'.repeat(70_000)}`])(
    'is refused when it is not a JWS (%#)',
    async (jws) => {
      const { report } = await leasedWorld();
      const answer = await report(jws);
      if (jws === '') expect(answer).toMatchObject({ code: 'validation_failed' });
      else expect(answer.rejected).toEqual(refused);
    },
  );

  it('is refused, and causes no failure, when it is any other text', async () => {
    const { report } = await leasedWorld();
    await fc.assert(
      fc.asyncProperty(fc.string({ minLength: 1, maxLength: 300 }), async (jws) => {
        fc.pre(jws.isWellFormed());
        expect((await report(jws)).rejected).toEqual(refused);
      }),
      { numRuns: 50 },
    );
  });
});
