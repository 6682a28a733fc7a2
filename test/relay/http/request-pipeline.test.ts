// The front door: which of two faults is answered, what a stranger can learn, and when a one-time value is spent.
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

/** A submission in the making: each fault spoils one thing, and it is signed at the end, rightly or not. */
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
  /** What happened before. */
  before: ((world: World, plan: Plan) => Promise<unknown>)[];
}

interface Fault {
  readonly name: string;
  readonly problem: ProblemCode;
  readonly spoil: (plan: Plan) => void;
}

/** In the order in which the relay checks. */
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
  fault('a nonce that is none', 'request_malformed', (plan) => {
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
  fault('a one-time value seen before', 'nonce_replayed', (plan) => {
    plan.before.push((world, { nonce }) => world.ask(signedRead(world, nonce)));
  }),
  fault('a field that is none', 'validation_failed', (plan) => {
    plan.fields['surprise'] = true;
  }),
  fault('a URL that is not followed', 'url_refused', (plan) => {
    plan.fields['trackingUrl'] = 'ftp://example.com/';
  }),
  fault('a pool that the account has not', 'validation_failed', (plan) => {
    plan.fields['pool'] = 'third';
  }),
  fault('an idempotency key used for something else', 'idempotency_key_reused', (plan) => {
    plan.before.push((world, { fields }) =>
      world.submit(sampleSubmission({ idempotencyKey: fields['idempotencyKey'], rowId: 'another' })),
    );
  }),
  fault('a quota that is used up', 'quota_exceeded', (plan) => {
    plan.account = { ...plan.account, jobsPerMonth: 0 };
  }),
];

function fault(name: string, problem: ProblemCode, spoil: Fault['spoil']): Fault {
  return { name, problem, spoil };
}

function signedRead(world: World, nonce: string): IncomingRequest {
  const request = plainRequest({ path: '/api/links/job_1' });
  const { key, secret } = world.partner;
  return withHeaders(
    request,
    signLinkPeeler(request.body, secret, { keyId: key.keyId, timestampMs: world.time.nowMs, nonce }),
  );
}

async function carryOut(world: World, spoils: readonly Fault['spoil'][]) {
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
  for (const spoil of spoils) spoil(plan);
  for (const step of plan.before) await step(world, plan);
  await world.ports.registry.putAccount({ ...ACCOUNT, ...plan.account });
  const spentBefore = world.ports.oneTimeValues.count();
  const request = toRequest(world, plan);
  const answer = await world.ask(request);
  return { plan, request, answer, spent: world.ports.oneTimeValues.count() - spentBefore };
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

describe('one fault', () => {
  it.each(FAULTS)('$name is $problem', async ({ problem, spoil }) => {
    const { answer } = await carryOut(await createWorld(), [spoil]);
    expect(answer).toMatchObject({ status: PROBLEMS[problem].status, json: { code: problem } });
    expect(answer.headers['content-type']).toBe('application/problem+json');
  });

  it('without any, the job is taken', async () => {
    const { answer } = await carryOut(await createWorld(), []);
    expect(answer.status).toBe(202);
  });
});

describe('of two faults the earlier is answered', () => {
  const pairs = FAULTS.flatMap((earlier, index) => FAULTS.slice(index + 1).map((later) => ({ earlier, later })));
  it.each(pairs)('$earlier.name, and $later.name', async ({ earlier, later }) => {
    const { answer } = await carryOut(await createWorld(), [earlier.spoil, later.spoil]);
    expect(answer.json).toMatchObject({ code: earlier.problem });
    const isUnknownPool = answer.json.errors?.some(({ path }: { path: string }) => path === '/pool') ?? false;
    expect(isUnknownPool).toBe(earlier.name.includes('pool'));
  });
});

describe('the one-time value', () => {
  const checkedFirst = FAULTS.slice(
    0,
    FAULTS.findIndex(({ problem }) => problem === 'nonce_replayed'),
  );
  const checkedLater = FAULTS.slice(checkedFirst.length + 1);

  it.each(checkedFirst)('is not spent by $name: strangers fill no store', async ({ spoil }) => {
    expect((await carryOut(await createWorld(), [spoil])).spent).toBe(0);
  });

  it.each(checkedLater)('is spent although $name is the answer', async ({ spoil }) => {
    const world = await createWorld();
    const { plan, spent } = await carryOut(world, [spoil]);
    expect(spent).toBe(1);
    expect((await world.ask(toRequest(world, plan))).json).toMatchObject({ code: 'nonce_replayed', retryable: true });
  });

  it('is spent although a service behind did not answer', async () => {
    const world = await createWorld();
    const failing = async () => {
      throw new DependencyUnavailable('SQS', { cause: new Error('down') });
    };
    world.ports.queues = { ...world.ports.queues, send: failing };
    const { plan, answer } = await carryOut(world, []);
    expect(answer).toMatchObject({ status: 503, json: { code: 'dependency_unavailable', retryable: true } });
    expect((await world.ask(toRequest(world, plan))).json.code).toBe('nonce_replayed');
  });

  it('may be used again once the timestamp that it came with is refused anyway', async () => {
    const world = await createWorld();
    const { plan } = await carryOut(world, []);
    world.time.nowMs += 10 * MINUTE;
    expect((await world.ask(toRequest(world, plan))).json.code).toBe('timestamp_out_of_range');
    plan.timestampMs = world.time.nowMs;
    expect((await world.ask(toRequest(world, plan))).status).toBe(200);
  });

  it('is one value for both methods of a path, where the method is not signed', async () => {
    const world = await createWorld();
    const { plan } = await carryOut(world, []);
    const moved = { ...toRequest(world, plan), method: 'GET', path: '/api/links/job_1', body: Buffer.alloc(0) };
    expect((await world.ask(moved)).json.code).toBe('signature_invalid');
  });
});

describe('an unknown key', () => {
  const unknown = (plan: Plan) => {
    plan.isUnknownKey = true;
  };

  it.each(['partner', 'agent'] as const)('of a %s is answered like a wrong signature, byte for byte', async (by) => {
    const known = await createWorld();
    const { request } = await carryOut(known, [
      (plan) => {
        plan.by = by;
        plan.isWrongSecret = true;
      },
    ]);
    const elsewhere = await createWorld();
    expect(await elsewhere.ports.directory.findKey(known[by].key.keyId)).toBeUndefined();
    const [wrong, unknown] = [await known.ask(request), await elsewhere.ask(request)];
    expect(unknown).toEqual(wrong);
    expect(unknown).toMatchObject({ status: 401, json: { code: 'signature_invalid' } });
  });

  it.each([
    ['a key of another profile', ACCOUNT.accountId, 'rfc9421'],
    ['an account that is gone', 'nowhere', 'link-peeler'],
  ] as const)('cannot be told from %s', async (_what, accountId, profile) => {
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

  it('cannot be told from the right key of an account that is gone', async () => {
    const world = await createWorld();
    const request = world.signedByPartner(
      'POST',
      '/api/links/fetch',
      sampleSubmission(),
      await world.makePartner('gone'),
    );
    expect(await world.ask(request)).toEqual(await (await createWorld()).ask(request));
  });

  it('with an old timestamp is told about the time, like everybody', async () => {
    const old = (plan: Plan) => {
      plan.timestampMs -= HOUR;
    };
    const { answer } = await carryOut(await createWorld(), [unknown, old]);
    expect(answer.json.code).toBe('timestamp_out_of_range');
  });
});

describe('time', () => {
  it.each([
    [-300, 202],
    [300, 202],
    [-301, 401],
    [301, 401],
  ])('a timestamp %i seconds off is answered %i', async (seconds, status) => {
    const world = await createWorld();
    world.time.nowMs = Math.floor(world.time.nowMs / SECOND) * SECOND;
    const { answer } = await carryOut(world, [
      (plan) => {
        plan.timestampMs += seconds * SECOND;
      },
    ]);
    expect(answer.status).toBe(status);
  });

  it('out of range names the server’s, for a person and for a program', async () => {
    const { answer } = await carryOut(await createWorld(), [
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
  it('answers a method that a path has not with those that it has', async () => {
    const world = await createWorld();
    const answer = await world.ask(plainRequest({ method: 'DELETE', path: '/agent/pull' }));
    expect(answer).toMatchObject({ status: 405, headers: { allow: 'POST' }, json: { code: 'method_not_allowed' } });
  });

  it.each(['/', '', '//', '/healthz/', '/HEALTHZ', '/api/link', '/api/links/a/b', '/agent', '/healthz\n'])(
    'finds nothing at %j',
    async (path) => {
      expect((await (await createWorld()).ask(plainRequest({ path }))).json.code).toBe('not_found');
    },
  );

  it('takes the literal path before the one with a parameter', async () => {
    const world = await createWorld();
    expect((await world.ask(plainRequest({ method: 'POST', path: '/api/links/fetch' }))).json.code).toBe(
      'signature_missing',
    );
  });

  it('knows a literal path by that alone: no other row offers its methods there', async () => {
    const answer = await (await createWorld()).ask(plainRequest({ method: 'GET', path: '/api/links/fetch' }));
    expect(answer).toMatchObject({ status: 405, headers: { allow: 'POST' } });
  });

  it('refuses a path that the gateway decoded, before it is verified', async () => {
    const world = await createWorld();
    expect((await world.get('/api/links/job 1')).json.code).toBe('request_malformed');
  });

  it('answers health to anyone', async () => {
    const answer = await (await createWorld()).ask(plainRequest());
    expect(answer).toMatchObject({ status: 200, json: { status: 'ok', serverTime: '2026-11-22T12:00:00.250Z' } });
  });
});

describe('the detail says what to change', () => {
  it.each([
    ['a header that is missing', { 'x-link-peeler-nonce': '' }, /x-link-peeler-nonce is missing/],
    ['a timestamp of another form', { 'x-link-peeler-timestamp': 'yesterday' }, /timestamp is not in s/],
  ])('of %s', async (_what, headers, detail) => {
    const world = await createWorld();
    const request = withHeaders(world.signedByPartner('POST', '/api/links/fetch', sampleSubmission()), headers);
    const { json } = await world.ask(request);
    expect(json).toMatchObject({ code: 'request_malformed', detail: expect.stringMatching(detail) });
  });

  it.each([
    ['a signature that is missing', {}, 'signature_missing', /credential header/],
    ['one that is none of ours', { 'signature-input': 'sig=("@path")' }, 'signature_missing', /no member with tag/],
    ['one that cannot be read', { 'signature-input': 'sig=' }, 'request_malformed', /^signature-input is not/],
    ['a key without a signature', { 'x-partner-slug': 'key-1' }, 'signature_missing', /^x-signature is missing/],
    ['one key header, and no signature', { 'x-signet-key': 'key-1' }, 'signature_missing', /no signature/],
  ])('of %s', async (_what, headers, code, detail) => {
    const world = await createWorld();
    const { json } = await world.ask(plainRequest({ method: 'GET', path: '/api/links/job_x', headers }));
    expect(json).toMatchObject({ code, detail: expect.stringMatching(detail) });
  });

  it('of a wrong signature, in the same words as of a key that does not exist', async () => {
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
    const { answer } = await carryOut(await createWorld(), [
      (plan) => {
        plan.contentType = contentType;
      },
    ]);
    expect(answer.status).toBe(status);
  });

  it('refuses an encoded body, and takes identity', async () => {
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

describe('failures of our own', () => {
  it('answers 503, retryable, when a service behind does not answer, and tells the log which', async () => {
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
    ['no error', 'secret detail'],
  ])('answers 500 when %s is thrown, and says nothing more', async (_what, thrown) => {
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
    const { answer } = await carryOut(world, [
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

  it('cuts a reason that a sender made long', async () => {
    const world = await createWorld();
    await world.submit({ ...sampleSubmission(), ['x'.repeat(60_000)]: 1 });
    const [refusal] = world.events.filter(({ event }) => event === 'request.refused');
    expect(JSON.stringify(refusal).length).toBeLessThan(1_000);
  });

  it('keeps the reason of a wrong signature to itself', async () => {
    const { answer } = await carryOut(await createWorld(), [
      (plan) => {
        plan.isWrongSecret = true;
      },
    ]);
    expect(answer.text).not.toContain('no active secret');
  });
});

describe('hostile headers', () => {
  it.each(['constructor', 'x-none', '@constructor', '@status'])(
    'a signature that covers %s is malformed, not a failure of ours',
    async (component) => {
      const world = await createWorld();
      const request = plainRequest({ path: '/api/links/job_1' });
      const parameters = `created=${Math.floor(world.time.nowMs / 1000)};nonce="0123456789abcdef";keyid="k";alg="ed25519"`;
      const input = `sig=("@method" "@authority" "@path" "@query" "${component}");${parameters};tag="signet"`;
      const headers = { 'signature-input': input, signature: `sig=:${Buffer.alloc(64).toString('base64')}:` };
      expect((await world.ask(withHeaders(request, headers))).json.code).toBe('request_malformed');
    },
  );

  it('two credential families at once are malformed', async () => {
    const world = await createWorld();
    const agents = world.signedByAgent({ want: 0 }).headers;
    const request = world.signedByPartner('POST', '/api/links/fetch', sampleSubmission());
    expect((await world.ask(withHeaders({ ...request }, { ...agents, ...request.headers }))).json.code).toBe(
      'request_malformed',
    );
  });

  it('a header that came twice is malformed', async () => {
    const world = await createWorld();
    const request = world.signedByPartner('POST', '/api/links/fetch', sampleSubmission());
    for (const name of Object.keys(request.headers).filter((one) => one.startsWith('x-link-peeler'))) {
      const twice = withHeaders(request, { [name]: `${request.headers[name]},${request.headers[name]}` });
      expect((await world.ask(twice)).json.code).toBe('request_malformed');
    }
  });
});
