// requireContentBinding: a state-changing request without a body is refused when its profile signs neither method nor path.
import { describe, expect, it } from 'vitest';
import type { ProblemCode } from '../../../lib/api/problems.ts';
import type { InboundProfileId } from '../../../lib/protocol/profiles/profiles.ts';
import { authenticate } from '../../../lib/relay/http/authenticate.ts';
import { requireContentBinding } from '../../../lib/relay/http/require-content-binding.ts';
import { ACCOUNT, NOW, SECOND } from '../../support/relay/samples.ts';
import {
  bytesOf,
  createWorld,
  type Partner,
  plainRequest,
  sampleSubmission,
  type World,
  withHeaders,
} from '../../support/relay/world.ts';
import { makePartnerOf, PARTNER_WAYS, read, submission } from '../../support/signing/partner-ways.ts';

const UNBOUND = ['link-peeler', 'vouchersx', 'daylight', 'nitro'] as const satisfies readonly InboundProfileId[];
const BOUND_WAYS = PARTNER_WAYS.filter(({ profile }) => !UNBOUND.includes(profile as never));

const emptySubmission = () => ({ ...submission(), body: Buffer.alloc(0) });

async function ready(profile: InboundProfileId) {
  const world = await createWorld();
  const claimed: unknown[] = [];
  // Every one-time value counts as claimed before.
  world.ports.oneTimeValues.claim = async (value) => {
    claimed.push(value);
    return false;
  };
  return { world, claimed, partner: await world.makePartner(ACCOUNT.accountId, profile) };
}

describe.each(UNBOUND)('under %s', (profile) => {
  it('answers a submission without a body with not_permitted and says what to send', async () => {
    const { world, partner } = await ready(profile);
    const { status, json } = await world.ask(world.signed(emptySubmission(), partner));
    expect([status, json.code, json.retryable]).toEqual([403, 'not_permitted', false]);
    expect(json.detail).toMatch(/signs neither method nor path.*Send \{\}/);
  });

  it('refuses it before its one-time value is claimed and before later checks', async () => {
    const { world, partner, claimed } = await ready(profile);
    await world.putAccount({ ...ACCOUNT, jobsPerMonth: 0 });
    expect((await world.ask(world.signed(emptySubmission(), partner))).json.code).toBe('not_permitted');
    expect((await world.ask(world.signed(submission(), partner))).json.code).toBe('nonce_replayed');
    expect([claimed.length, world.ports.jobs.all()]).toEqual([1, []]);
  });

  it.each<[string, ProblemCode, (world: World, partner: Partner) => ReturnType<World['signed']>]>([
    ['an unknown path', 'not_found', (world, by) => world.signed({ ...emptySubmission(), path: '/api/nothing' }, by)],
    ['another method', 'method_not_allowed', (world, by) => world.signed({ ...emptySubmission(), method: 'PUT' }, by)],
    ['no signature', 'signature_missing', () => emptySubmission()],
    ['no key id', 'signature_missing', (world, by) => withoutKeyId(world.signed(emptySubmission(), by))],
    [
      'two credential families',
      'request_malformed',
      (world, by) =>
        withHeaders(world.signed(emptySubmission(), by), { 'x-link-peeler-key': 'key-1', 'x-partner-slug': 'key-1' }),
    ],
    [
      'an old timestamp',
      'timestamp_out_of_range',
      (world, by) => world.signed(emptySubmission(), by, { timestampMs: NOW - 302 * SECOND }),
    ],
    [
      'a wrong secret',
      'signature_invalid',
      (world, by) => world.signed(emptySubmission(), { ...by, secret: 'sk_other' }),
    ],
    ['an unknown key', 'signature_invalid', (world, by) => world.signed(emptySubmission(), by, { keyId: 'nobody' })],
    [
      'a body that was removed after signing',
      'signature_invalid',
      (world, by) => ({ ...world.signed(submission(), by), body: Buffer.alloc(0) }),
    ],
  ])('answers %s first', async (_what, code, makeRequest) => {
    const { world, partner, claimed } = await ready(profile);
    expect((await world.ask(makeRequest(world, partner))).json.code).toBe(code);
    expect(claimed).toEqual([]);
  });

  it('answers a suspended account first', async () => {
    const { world, partner, claimed } = await ready(profile);
    await world.putAccount({ ...ACCOUNT, state: 'suspended' });
    expect((await world.ask(world.signed(emptySubmission(), partner))).json.code).toBe('account_suspended');
    expect(claimed).toEqual([]);
  });

  it('counts an empty object, or one space, as a body', async () => {
    for (const text of ['{}', ' ']) {
      const world = await createWorld();
      const partner = await world.makePartner(ACCOUNT.accountId, profile);
      const request = world.signed({ ...submission(), body: bytesOf(text) }, partner);
      expect((await world.ask(request)).json.code).toBe('validation_failed');
      expect(world.ports.oneTimeValues.count()).toBe(1);
    }
  });

  it('answers a read, which has no body', async () => {
    const world = await createWorld();
    const partner = await world.makePartner(ACCOUNT.accountId, profile);
    expect((await world.ask(world.signed(read(), partner))).json.code).toBe('not_found');
  });

  it('refuses a POST without a body from a key with allowUnboundDelete, which is for DELETE only', async () => {
    const { world, partner } = await ready(profile);
    await world.ports.registry.putKey({ ...partner.key, allowUnboundDelete: true });
    expect((await world.ask(world.signed(emptySubmission(), partner))).json.code).toBe('not_permitted');
  });
});

function withoutKeyId(request: ReturnType<World['signed']>) {
  const { 'x-link-peeler-key': _, 'x-partner-slug': __, 'x-signet-key': ___, ...headers } = request.headers;
  return { ...request, headers };
}

describe.each(BOUND_WAYS)('under $name', (way) => {
  it('verifies and claims a submission without a body, and then refuses it for its schema', async () => {
    const world = await createWorld();
    const request = world.signed(emptySubmission(), await makePartnerOf(world, way));
    expect((await world.ask(request)).json.code).toBe('validation_failed');
    expect((await world.ask(request)).json.code).toBe('nonce_replayed');
  });
});

describe('the rule', () => {
  const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;
  type Method = (typeof METHODS)[number];

  /** Returns the methods that are refused for a request with this body, each with the detail. */
  async function refused(way: (typeof PARTNER_WAYS)[number], allowUnboundDelete: boolean | undefined, body: string) {
    const world = await createWorld();
    const partner = await makePartnerOf(world, way);
    await world.ports.registry.putKey({ ...partner.key, allowUnboundDelete });
    const request = world.signed(plainRequest({ path: '/api/links/job_1', body: bytesOf(body) }), partner);
    const signed = await authenticate({ ...world.ports, diagnose: () => ({ wasTried: false }) }, 'partner', request);
    if (!signed.ok) throw new Error(signed.reason);
    const refusals = METHODS.map(
      (method) => [method, requireContentBinding({ method }, signed.value.verified)] as const,
    );
    return new Map<Method, string>(
      refusals.flatMap(([method, refusal]) => (refusal ? [[method, refusal.detail ?? '']] : [])),
    );
  }

  it.each(PARTNER_WAYS)('refuses under $name exactly the unbound requests that change something', async (way) => {
    const changing = UNBOUND.includes(way.profile as never) ? ['POST', 'PUT', 'PATCH', 'DELETE'] : [];
    for (const allow of [undefined, false]) expect([...(await refused(way, allow, '')).keys()]).toEqual(changing);
    expect([...(await refused(way, true, '')).keys()]).toEqual(changing.filter((method) => method !== 'DELETE'));
    for (const allow of [undefined, true]) expect((await refused(way, allow, '{}')).size).toBe(0);
  });

  it('names, for a DELETE, the route whose body binds the job', async () => {
    const [way] = PARTNER_WAYS.filter(({ profile }) => profile === 'vouchersx');
    if (!way) throw new Error('no such way');
    expect((await refused(way, undefined, '')).get('DELETE')).toContain('POST /api/links/cancel with {"jobId"}');
  });
});

it('an intercepted GET under link-peeler, which was never delivered, cancels no job', async () => {
  const world = await createWorld();
  const partner = await world.makePartner(ACCOUNT.accountId, 'link-peeler');
  const { jobId } = (await world.ask(world.signedByPartner('POST', '/api/links/fetch', sampleSubmission()))).json;
  const intercepted = world.signed(plainRequest({ method: 'GET', path: '/api/quota' }), partner);
  const changed = { ...intercepted, method: 'DELETE', path: `/api/links/${jobId}` };
  expect(await world.ask(changed)).toMatchObject({ status: 403, json: { code: 'not_permitted' } });
  expect(world.ports.jobs.all()).toMatchObject([{ state: 'queued' }]);
});

it('a submission with a body is accepted under every profile', async () => {
  const world = await createWorld();
  for (const way of PARTNER_WAYS) {
    const body = bytesOf(sampleSubmission());
    const request = world.signed({ ...submission(), body }, await makePartnerOf(world, way));
    expect((await world.ask(request)).status).toBe(202);
  }
});
