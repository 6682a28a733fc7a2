// Authentication: an unknown key gets the answer of a wrong signature, timestamps have limits, and hostile headers are refused.
import { describe, expect, it } from 'vitest';
import { ACCOUNT, HOUR, SECOND } from '../../support/relay/samples.ts';
import { bytesOf, createWorld, plainRequest, sampleSubmission, withHeaders } from '../../support/relay/world.ts';
import { signLinkPeeler } from '../../support/signing/signing.ts';
import { type Plan, sendWith } from './planned-request.ts';

describe('an unknown key', () => {
  const unknown = (plan: Plan) => {
    plan.isUnknownKey = true;
  };

  it.each(['partner', 'agent'] as const)('gets the same bytes as a wrong signature: a key of a %s', async (by) => {
    const known = await createWorld();
    const { request } = await sendWith(known, [
      (plan) => {
        plan.by = by;
        plan.isWrongSecret = true;
      },
    ]);
    const otherWorld = await createWorld();
    expect(await otherWorld.ports.directory.findKey(known[by].key.keyId)).toBeUndefined();
    const [wrong, unknown] = [await known.ask(request), await otherWorld.ask(request)];
    expect(unknown).toEqual(wrong);
    expect(unknown).toMatchObject({ status: 401, json: { code: 'signature_invalid' } });
  });

  it.each([
    ['a key of another profile', ACCOUNT.accountId, 'rfc9421'],
    ['a key of an account that does not exist', 'nowhere', 'link-peeler'],
  ] as const)('gets the same answer as %s', async (_what, accountId, profile) => {
    const world = await createWorld();
    const { key } = await world.makePartner(accountId, profile);
    const request = plainRequest({ method: 'POST', path: '/api/links/fetch', body: bytesOf(sampleSubmission()) });
    const ask = async (keyId: string, secret: string) => {
      const signing = { keyId, timestampMs: world.time.nowMs, nonce: '0123456789abcdef' };
      const { status, headers, text } = await world.ask(
        withHeaders(request, signLinkPeeler(request.body, secret, signing)),
      );
      return { status, headers, text };
    };
    expect(await ask(key.keyId, 'sk_any')).toEqual(await ask('nobody', 'sk_any'));
  });

  it('gets the same answer as a valid signature of an account that does not exist', async () => {
    const world = await createWorld();
    const request = world.signedByPartner(
      'POST',
      '/api/links/fetch',
      sampleSubmission(),
      await world.makePartner('gone'),
    );
    expect(await world.ask(request)).toEqual(await (await createWorld()).ask(request));
  });

  it('is answered for the time when its timestamp is old, like a known key', async () => {
    const old = (plan: Plan) => {
      plan.timestampMs -= HOUR;
    };
    const { answer } = await sendWith(await createWorld(), [unknown, old]);
    expect(answer.json.code).toBe('timestamp_out_of_range');
  });
});

describe('a timestamp', () => {
  it.each([
    [-300, 202],
    [300, 202],
    [-301, 401],
    [301, 401],
  ])('is answered, when it is %i seconds off, with %i', async (seconds, status) => {
    const world = await createWorld();
    world.time.nowMs = Math.floor(world.time.nowMs / SECOND) * SECOND;
    const { answer } = await sendWith(world, [
      (plan) => {
        plan.timestampMs += seconds * SECOND;
      },
    ]);
    expect(answer.status).toBe(status);
  });

  it('gets the server time, for people and for programs, when it is out of range', async () => {
    const { answer } = await sendWith(await createWorld(), [
      (plan) => {
        plan.timestampMs += HOUR;
      },
    ]);
    expect(answer.json.serverTime).toBe('2026-11-22T12:00:00.250Z');
    expect(answer.json.detail).toContain('2026-11-22T12:00:00.250Z');
    expect(answer.json.retryable).toBe(true);
  });
});

describe('hostile headers', () => {
  it.each(['constructor', 'x-none', '@constructor', '@status'])(
    'are malformed, and cause no failure, when the signature covers %s',
    async (component) => {
      const world = await createWorld();
      const request = plainRequest({ path: '/api/links/job_1' });
      const parameters = `created=${Math.floor(world.time.nowMs / 1000)};nonce="0123456789abcdef";keyid="k";alg="ed25519"`;
      const input = `sig=("@method" "@authority" "@path" "@query" "${component}");${parameters};tag="signet"`;
      const headers = { 'signature-input': input, signature: `sig=:${Buffer.alloc(64).toString('base64')}:` };
      expect((await world.ask(withHeaders(request, headers))).json.code).toBe('request_malformed');
    },
  );

  it('are malformed when they have two credential families', async () => {
    const world = await createWorld();
    const agents = world.signedByAgent({ want: 0 }).headers;
    const request = world.signedByPartner('POST', '/api/links/fetch', sampleSubmission());
    expect((await world.ask(withHeaders({ ...request }, { ...agents, ...request.headers }))).json.code).toBe(
      'request_malformed',
    );
  });

  it('are malformed when a header of the signature is repeated', async () => {
    const world = await createWorld();
    const request = world.signedByPartner('POST', '/api/links/fetch', sampleSubmission());
    for (const name of Object.keys(request.headers).filter((header) => header.startsWith('x-link-peeler'))) {
      const twice = withHeaders(request, { [name]: `${request.headers[name]},${request.headers[name]}` });
      expect((await world.ask(twice)).json.code).toBe('request_malformed');
    }
  });
});
