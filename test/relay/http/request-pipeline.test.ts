// The request pipeline: which of two faults is answered, what a stranger can learn, and when a one-time value is claimed.
import { describe, expect, it } from 'vitest';
import { PROBLEMS, type ProblemCode } from '../../../lib/api/problems.ts';
import type { IncomingRequest } from '../../../lib/relay/http/request-pipeline.ts';
import { DependencyUnavailable } from '../../../lib/relay/model/ports.ts';
import type { Account } from '../../../lib/relay/model/records.ts';
import { ACCOUNT, HOUR, MINUTE, SECOND, unique } from '../../support/relay/samples.ts';
import {
  bytesOf,
  createWorld,
  plainRequest,
  sampleSubmission,
  type World,
  withHeaders,
} from '../../support/relay/world.ts';
import { signLinkPeeler, signMessage } from '../../support/signing/signing.ts';

/** A submission before it is built. Each fault changes one thing in it. The submission is signed last. */
interface Plan {
  method: string;
  path: string;
  fields: Record<string, unknown>;
  paddingBytes: number;
  contentType: string;
  isSigned: boolean;
  by: 'partner' | 'agent';
  isWrongSecret: boolean;
  isUnknownKey: boolean;
  timestampMs: number;
  nonce: string;
  account: Partial<Account>;
  /** Steps to run before the submission is sent. */
  before: ((world: World, plan: Plan) => Promise<unknown>)[];
}

interface Fault {
  readonly name: string;
  readonly problem: ProblemCode;
  readonly apply: (plan: Plan) => void;
}

/** The faults, in the order in which the relay checks. */
const FAULTS: readonly Fault[] = [
  fault('an unknown path', 'not_found', (plan) => {
    plan.path = '/api/nothing';
  }),
  fault('a body that is too large', 'body_too_large', (plan) => {
    plan.paddingBytes = 64 * 1024;
  }),
  fault('another media type', 'media_type_unsupported', (plan) => {
    plan.contentType = 'text/plain';
  }),
  fault('no signature', 'signature_missing', (plan) => {
    plan.isSigned = false;
  }),
  fault('a nonce that is too short', 'request_malformed', (plan) => {
    plan.nonce = 'short';
  }),
  fault('an old timestamp', 'timestamp_out_of_range', (plan) => {
    plan.timestampMs -= 302 * SECOND;
  }),
  fault('a wrong signature', 'signature_invalid', (plan) => {
    plan.isWrongSecret = true;
  }),
  fault('a key of the other kind', 'not_permitted', (plan) => {
    plan.by = 'agent';
  }),
  fault('a suspended account', 'account_suspended', (plan) => {
    plan.account = { ...plan.account, state: 'suspended' };
  }),
  fault('a one-time value that was claimed before', 'nonce_replayed', (plan) => {
    plan.before.push((world, { nonce }) => world.ask(signedRead(world, nonce)));
  }),
  fault('an unknown field', 'validation_failed', (plan) => {
    plan.fields['surprise'] = true;
  }),
  fault('a URL of a refused scheme', 'url_refused', (plan) => {
    plan.fields['trackingUrl'] = 'ftp://example.com/';
  }),
  fault('a pool that the account does not have', 'validation_failed', (plan) => {
    plan.fields['pool'] = 'third';
  }),
  fault('an idempotency key that was used for another submission', 'idempotency_key_reused', (plan) => {
    plan.before.push((world, { fields }) =>
      world.submit(sampleSubmission({ idempotencyKey: fields['idempotencyKey'], rowId: 'another' })),
    );
  }),
  fault('a quota that is used up', 'quota_exceeded', (plan) => {
    plan.account = { ...plan.account, jobsPerMonth: 0 };
  }),
];

function fault(name: string, problem: ProblemCode, apply: Fault['apply']): Fault {
  return { name, problem, apply };
}

function signedRead(world: World, nonce: string): IncomingRequest {
  const request = plainRequest({ path: '/api/links/job_1' });
  const { key, secret } = world.partner;
  return withHeaders(
    request,
    signLinkPeeler(request.body, secret, { keyId: key.keyId, timestampMs: world.time.nowMs, nonce }),
  );
}

async function sendWith(world: World, faults: readonly Fault['apply'][]) {
  const plan: Plan = {
    method: 'POST',
    path: '/api/links/fetch',
    fields: sampleSubmission(),
    paddingBytes: 0,
    contentType: 'application/json',
    isSigned: true,
    by: 'partner',
    isWrongSecret: false,
    isUnknownKey: false,
    timestampMs: world.time.nowMs,
    nonce: unique('0123456789abcdef-'),
    account: {},
    before: [],
  };
  for (const apply of faults) apply(plan);
  for (const step of plan.before) await step(world, plan);
  await world.ports.registry.putAccount({ ...ACCOUNT, ...plan.account });
  const claimedBefore = world.ports.oneTimeValues.count();
  const request = toRequest(world, plan);
  const answer = await world.ask(request);
  return { plan, request, answer, claimed: world.ports.oneTimeValues.count() - claimedBefore };
}

function toRequest(world: World, plan: Plan): IncomingRequest {
  const body = Buffer.from(JSON.stringify(plan.fields) + ' '.repeat(plan.paddingBytes));
  const request = plainRequest({ method: plan.method, path: plan.path, body });
  const typed = withHeaders(request, { 'content-type': plan.contentType });
  return plan.isSigned ? withHeaders(typed, signatureOf(world, plan, request)) : typed;
}

function signatureOf(world: World, plan: Plan, request: IncomingRequest): Record<string, string> {
  const { timestampMs, nonce, isWrongSecret } = plan;
  const keyId = plan.isUnknownKey ? 'nobody' : world[plan.by].key.keyId;
  const signing = { keyId, timestampMs, nonce };
  if (plan.by === 'partner')
    return signLinkPeeler(request.body, isWrongSecret ? 'sk_wrong' : world.partner.secret, signing);
  const headers = signMessage(request, world.agent.privateKey, signing);
  return isWrongSecret ? { ...headers, signature: `sig=:${Buffer.alloc(64).toString('base64')}:` } : headers;
}

describe('a submission with one fault', () => {
  it.each(FAULTS)('is answered with $problem: $name', async ({ problem, apply }) => {
    const { answer } = await sendWith(await createWorld(), [apply]);
    expect(answer).toMatchObject({ status: PROBLEMS[problem].status, json: { code: problem } });
    expect(answer.headers['content-type']).toBe('application/problem+json');
  });

  it('is accepted without the fault', async () => {
    const { answer } = await sendWith(await createWorld(), []);
    expect(answer.status).toBe(202);
  });
});

describe('a submission with two faults', () => {
  const pairs = FAULTS.flatMap((earlier, index) => FAULTS.slice(index + 1).map((later) => ({ earlier, later })));
  it.each(pairs)('is answered for $earlier.name, not for $later.name', async ({ earlier, later }) => {
    const { answer } = await sendWith(await createWorld(), [earlier.apply, later.apply]);
    expect(answer.json).toMatchObject({ code: earlier.problem });
    const isUnknownPool = answer.json.errors?.some(({ path }: { path: string }) => path === '/pool') ?? false;
    expect(isUnknownPool).toBe(earlier.name.includes('pool'));
  });
});

describe('the one-time value', () => {
  const checkedBefore = FAULTS.slice(
    0,
    FAULTS.findIndex(({ problem }) => problem === 'nonce_replayed'),
  );
  const checkedAfter = FAULTS.slice(checkedBefore.length + 1);

  it.each(checkedBefore)('is not claimed for $name, so that strangers cannot fill the store', async ({ apply }) => {
    expect((await sendWith(await createWorld(), [apply])).claimed).toBe(0);
  });

  it.each(checkedAfter)('is claimed for $name', async ({ apply }) => {
    const world = await createWorld();
    const { plan, claimed } = await sendWith(world, [apply]);
    expect(claimed).toBe(1);
    expect((await world.ask(toRequest(world, plan))).json).toMatchObject({ code: 'nonce_replayed', retryable: true });
  });

  it('stays claimed when a service behind the relay fails afterwards', async () => {
    const world = await createWorld();
    const failing = async () => {
      throw new DependencyUnavailable('SQS', { cause: new Error('down') });
    };
    world.ports.queues = { ...world.ports.queues, send: failing };
    const { plan, answer } = await sendWith(world, []);
    expect(answer).toMatchObject({ status: 503, json: { code: 'dependency_unavailable', retryable: true } });
    expect((await world.ask(toRequest(world, plan))).json.code).toBe('nonce_replayed');
  });

  it('may be used again once the first timestamp is out of range', async () => {
    const world = await createWorld();
    const { plan } = await sendWith(world, []);
    world.time.nowMs += 10 * MINUTE;
    expect((await world.ask(toRequest(world, plan))).json.code).toBe('timestamp_out_of_range');
    plan.timestampMs = world.time.nowMs;
    expect((await world.ask(toRequest(world, plan))).status).toBe(200);
  });

  it('does not make a captured submission valid as a read without its body', async () => {
    const world = await createWorld();
    const { plan } = await sendWith(world, []);
    const moved = { ...toRequest(world, plan), method: 'GET', path: '/api/links/job_1', body: Buffer.alloc(0) };
    expect((await world.ask(moved)).json.code).toBe('signature_invalid');
  });
});

describe('an unknown key', () => {
  const unknown = (plan: Plan) => {
    plan.isUnknownKey = true;
  };

  it.each(['partner', 'agent'] as const)('of a %s gets the same bytes as a wrong signature', async (by) => {
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

describe('routes', () => {
  it('answers a method that a path does not have with the methods that it has', async () => {
    const world = await createWorld();
    const answer = await world.ask(plainRequest({ method: 'DELETE', path: '/agent/pull' }));
    expect(answer).toMatchObject({ status: 405, headers: { allow: 'POST' }, json: { code: 'method_not_allowed' } });
  });

  it.each(['/', '', '//', '/healthz/', '/HEALTHZ', '/api/link', '/api/links/a/b', '/agent', '/healthz\n'])(
    'answers 404 to %j',
    async (path) => {
      expect((await (await createWorld()).ask(plainRequest({ path }))).json.code).toBe('not_found');
    },
  );

  it('prefers a literal path to a path with a parameter', async () => {
    const world = await createWorld();
    expect((await world.ask(plainRequest({ method: 'POST', path: '/api/links/fetch' }))).json.code).toBe(
      'signature_missing',
    );
  });

  it('offers at a literal path only the methods of that path, not those of a path with a parameter', async () => {
    const answer = await (await createWorld()).ask(plainRequest({ method: 'GET', path: '/api/links/fetch' }));
    expect(answer).toMatchObject({ status: 405, headers: { allow: 'POST' } });
  });

  it('refuses a path that the gateway decoded, before verifying the signature', async () => {
    const world = await createWorld();
    expect((await world.get('/api/links/job 1')).json.code).toBe('request_malformed');
  });

  it('answers health to anyone', async () => {
    const answer = await (await createWorld()).ask(plainRequest());
    expect(answer).toMatchObject({ status: 200, json: { status: 'ok', serverTime: '2026-11-22T12:00:00.250Z' } });
  });
});

describe('the detail', () => {
  it.each([
    ['a missing header', { 'x-link-peeler-nonce': '' }, /x-link-peeler-nonce is missing/],
    ['a timestamp of another form', { 'x-link-peeler-timestamp': 'yesterday' }, /timestamp is not in s/],
  ])('says what to change about %s', async (_what, headers, detail) => {
    const world = await createWorld();
    const request = withHeaders(world.signedByPartner('POST', '/api/links/fetch', sampleSubmission()), headers);
    const { json } = await world.ask(request);
    expect(json).toMatchObject({ code: 'request_malformed', detail: expect.stringMatching(detail) });
  });

  it.each([
    ['a missing signature', {}, 'signature_missing', /credential header/],
    ['a signature without our tag', { 'signature-input': 'sig=("@path")' }, 'signature_missing', /no member with tag/],
    [
      'a signature that cannot be parsed',
      { 'signature-input': 'sig=' },
      'request_malformed',
      /^signature-input is not/,
    ],
    ['a slug without a signature', { 'x-partner-slug': 'key-1' }, 'signature_missing', /^x-signature is missing/],
    ['a key id without a signature', { 'x-signet-key': 'key-1' }, 'signature_missing', /no signature/],
  ])('says what to change about %s', async (_what, headers, code, detail) => {
    const world = await createWorld();
    const { json } = await world.ask(plainRequest({ method: 'GET', path: '/api/links/job_x', headers }));
    expect(json).toMatchObject({ code, detail: expect.stringMatching(detail) });
  });

  it('is the same for a wrong signature and for a key that does not exist', async () => {
    const world = await createWorld();
    const signed = world.signedByPartner('POST', '/api/links/fetch', sampleSubmission());
    const wrong = await world.ask(withHeaders(signed, { 'x-link-peeler-signature': '0'.repeat(64) }));
    const unknown = await world.ask(withHeaders(signed, { 'x-link-peeler-key': 'nobody' }));
    expect(wrong.json.detail).toMatch(/sign exactly the bytes/);
    expect(unknown.json.detail).toBe(wrong.json.detail);
  });
});

describe('media types', () => {
  it.each([
    ['application/json', 202],
    ['application/json; charset=utf-8', 202],
    ['Application/JSON;charset="UTF-8"', 202],
    ['application/json; charset=iso-8859-1', 415],
    ['application/json, text/plain', 415],
    ['application/jsonp', 415],
    ['', 415],
  ])('answers %j with %i', async (contentType, status) => {
    const { answer } = await sendWith(await createWorld(), [
      (plan) => {
        plan.contentType = contentType;
      },
    ]);
    expect(answer.status).toBe(status);
  });

  it('refuses an encoded body, and accepts the encoding identity', async () => {
    const world = await createWorld();
    const ask = (encoding: string) =>
      world.ask(
        withHeaders(world.signedByPartner('POST', '/api/links/fetch', sampleSubmission()), {
          'content-encoding': encoding,
        }),
      );
    expect((await ask('gzip')).status).toBe(415);
    expect((await ask('identity')).status).toBe(202);
  });
});

describe('a failure of the relay', () => {
  it('is answered with a retryable 503 when a service behind the relay fails, and the log names the service', async () => {
    const world = await createWorld();
    world.ports.directory.findKey = async () => {
      throw new DependencyUnavailable('DynamoDB', { cause: new RangeError('secret detail') });
    };
    const answer = await world.submit(sampleSubmission());
    expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': '1' }, json: { retryable: true } });
    expect(answer.text).not.toMatch(/DynamoDB|secret detail/);
    expect(world.events).toMatchObject([
      {
        problem: 'dependency_unavailable',
        reason: 'DependencyUnavailable: DynamoDB did not answer as it should: RangeError',
      },
    ]);
  });

  it.each([
    ['an error', new Error('secret detail')],
    ['a value that is not an error', 'secret detail'],
  ])('is answered with 500 and no details when %s is thrown', async (_what, thrown) => {
    const world = await createWorld();
    world.ports.directory.findKey = async () => {
      throw thrown;
    };
    const answer = await world.submit(sampleSubmission());
    expect(answer).toMatchObject({ status: 500, json: { code: 'internal_error', retryable: true } });
    expect(answer.text).not.toContain('secret detail');
  });
});

describe('the log', () => {
  it('has one line for a refusal, without secret, signature or body', async () => {
    const world = await createWorld();
    const { answer } = await sendWith(world, [
      (plan) => {
        plan.isWrongSecret = true;
      },
    ]);
    expect(world.events).toEqual([
      {
        event: 'request.refused',
        requestId: answer.json.requestId,
        route: 'POST /api/links/fetch',
        problem: 'signature_invalid',
        reason: 'no active secret gives this signature',
        keyId: world.partner.key.keyId,
      },
    ]);
  });

  it('cuts a long reason', async () => {
    const world = await createWorld();
    await world.submit({ ...sampleSubmission(), ['x'.repeat(60_000)]: 1 });
    const [refusal] = world.events.filter(({ event }) => event === 'request.refused');
    expect(JSON.stringify(refusal).length).toBeLessThan(1_000);
  });

  it('alone has the reason of a wrong signature; the answer does not', async () => {
    const { answer } = await sendWith(await createWorld(), [
      (plan) => {
        plan.isWrongSecret = true;
      },
    ]);
    expect(answer.text).not.toContain('no active secret');
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
