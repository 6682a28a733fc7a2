// The problems of each route: every problem that the OpenAPI document lists for a route is provoked here.
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../lib/api/limits.ts';
import { PROBLEMS, type ProblemCode } from '../../../lib/api/problems.ts';
import { ROUTES, type RouteName } from '../../../lib/api/routes.ts';
import { hashToken } from '../../../lib/protocol/enrollment-token.ts';
import type { AgentStatement } from '../../../lib/protocol/messages.ts';
import type { IncomingRequest } from '../../../lib/relay/http/request-pipeline.ts';
import { DependencyUnavailable } from '../../../lib/relay/model/ports.ts';
import * as examples from '../../../lib/relay/openapi/examples.ts';
import { OPERATIONS } from '../../../lib/relay/openapi/operations.ts';
import { problemsOf } from '../../../lib/relay/openapi/route-problems.ts';
import { REFERENCE, sectionUnder } from '../../docs/documents.ts';
import { jwsFor } from '../../support/relay/evidence-samples.ts';
import { ACCOUNT, MINUTE, NOW, sampleGrant, sampleJob, unique } from '../../support/relay/samples.ts';
import {
  type Answer,
  bytesOf,
  createWorld,
  plainRequest,
  sampleSubmission,
  type World,
  withHeaders,
} from '../../support/relay/world.ts';
import { ed25519Pair, signMessage } from '../../support/signing/signing.ts';

const NO_JOB = `job_${'a'.repeat(52)}`;

/** The parts of a request that a case changes. Everything else fits the route. */
interface Case {
  readonly jobId?: string;
  readonly query?: string;
  readonly body?: unknown;
  readonly timestampMs?: number;
  readonly isForged?: boolean;
}

function unsigned(name: RouteName, { jobId = NO_JOB, query = '', body }: Case = {}): IncomingRequest {
  const { method, path } = ROUTES[name];
  const json = body ?? OPERATIONS[name].body?.example;
  return plainRequest({
    method,
    path: path.replace('{jobId}', jobId),
    query,
    ...(json ? { body: bytesOf(json) } : {}),
  });
}

function signed(world: World, name: RouteName, changes: Case = {}): IncomingRequest {
  const { audience } = ROUTES[name];
  const request = unsigned(name, changes);
  const { timestampMs = NOW, isForged = false } = changes;
  if (audience === 'anyone') return request;
  if (audience === 'partner') {
    const own = ROUTES[name].method === 'DELETE' ? world.deletingPartner : world.partner;
    const by = isForged ? { ...own, secret: 'another' } : own;
    return world.signed(request, by, { timestampMs });
  }
  const keyId = audience === 'agent' ? world.agent.key.keyId : 'If4x36FUomFia_hUBG_SJxt77UtqvkWqWId-9H-XIbk';
  const tag = audience === 'agent' ? 'signet' : 'signet-enroll';
  const { privateKey } = ed25519Pair(isForged ? 2 : 1);
  const signing = { keyId, timestampMs, nonce: unique('nonce-of-a-case-'), tag };
  return withHeaders(request, signMessage(request, privateKey, signing));
}

/** Returns a case with a new job for a submission, so that it is not a repeat. */
const fresh = (name: RouteName): Case => (name === 'submitLink' ? { body: sampleSubmission() } : {});

type Provocation = (world: World, name: RouteName) => Promise<Answer>;

const PROVOCATIONS: Partial<Record<ProblemCode, Provocation>> = {
  body_too_large: (world, name) => {
    const body = Buffer.alloc(ROUTES[name].bodyLimitBytes + 1, 0x20);
    return world.ask({ ...signed(world, name), body });
  },
  media_type_unsupported: (world, name) =>
    world.ask(withHeaders(signed(world, name), { 'content-type': 'text/plain' })),
  request_malformed: (world, name) => {
    const malformed: Record<string, string> =
      ROUTES[name].audience === 'partner' ? { 'x-partner-slug': 'another' } : { 'signature-input': '((' };
    return world.ask(withHeaders(signed(world, name), malformed));
  },
  signature_missing: (world, name) => world.ask(unsigned(name)),
  signature_invalid: (world, name) => world.ask(signed(world, name, { isForged: true })),
  timestamp_out_of_range: (world, name) => world.ask(signed(world, name, { timestampMs: NOW - 10 * MINUTE })),
  not_permitted: async (world, name) => {
    const request = unsigned(name);
    if (ROUTES[name].audience === 'agent')
      return world.ask(world.signed(request, await world.makeEd25519Partner(ACCOUNT.accountId)));
    const { key, privateKey } = world.agent;
    const signing = { keyId: key.keyId, timestampMs: NOW, nonce: unique('nonce-of-an-agent-') };
    return world.ask(withHeaders(request, signMessage(request, privateKey, signing)));
  },
  account_suspended: async (world, name) => {
    const state = ROUTES[name].audience === 'agent' ? 'deleting' : 'suspended';
    await world.putAccount({ ...ACCOUNT, state });
    return world.ask(signed(world, name));
  },
  nonce_replayed: async (world, name) => {
    if (name === 'pullJobs') for (let jobs = 0; jobs < 2; jobs += 1) await world.submit(sampleSubmission());
    const request = signed(world, name);
    await world.ask(request);
    // A repeated pull gets its leases again while they are live.
    if (name === 'pullJobs') world.passSeconds(LIMITS.leaseSeconds);
    return world.ask(request);
  },
  validation_failed: (world, name) =>
    world.ask(signed(world, name, ROUTES[name].method === 'GET' ? { query: 'more=1' } : { body: { more: 1 } })),
  url_refused: (world, name) =>
    world.ask(signed(world, name, { body: sampleSubmission({ trackingUrl: 'http://127.0.0.1/' }) })),
  idempotency_key_reused: async (world, name) => {
    const body = sampleSubmission();
    await world.submit(body);
    return world.ask(signed(world, name, { body: { ...body, rowId: 'another' } }));
  },
  quota_exceeded: async (world, name) => {
    await world.putAccount({ ...ACCOUNT, requestsPerMinute: 0 });
    return world.ask(signed(world, name, fresh(name)));
  },
  not_found: (world, name) => world.ask(signed(world, name)),
  job_finished: async (world, name) => {
    const job = sampleJob({ state: 'failed' });
    await world.ports.jobs.create(job, NOW);
    return world.ask(
      signed(world, name, { jobId: job.jobId, ...(name === 'cancelLink' && { body: { jobId: job.jobId } }) }),
    );
  },
  enrollment_refused: (world, name) => world.ask(signed(world, name)),
  agent_identity_in_use: async (world, name) => {
    if (name === 'pullJobs') {
      const agent = examples.pull.agent as AgentStatement;
      for (const instance of [agent.instance, 'another-instance']) await world.pull({ agent: { ...agent, instance } });
      return world.ask(signed(world, name));
    }
    await world.ports.registry.putGrant(sampleGrant({ tokenSha256: hashToken(examples.enrollment.token) }));
    const { accountId, agentId } = (await world.ask(signed(world, name))).json;
    await world.ports.agents.setState({ accountId, agentId }, 'revoked', NOW);
    return world.ask(signed(world, name));
  },
  dependency_unavailable: (world, name) => askWhileFailing(world, name, new DependencyUnavailable('x', { cause: 1 })),
  internal_error: (world, name) => askWhileFailing(world, name, new TypeError('x')),
};

/** Sends a request while the first port that every signed request needs fails. */
function askWhileFailing(world: World, name: RouteName, error: Error): Promise<Answer> {
  const fail = () => Promise.reject(error);
  Object.assign(world.ports, {
    directory: { ...world.ports.directory, findKey: fail },
    enrollment: { ...world.ports.enrollment, findGrant: fail },
  });
  return world.ask(signed(world, name));
}

/** Public routes call no port that could fail. Their `internal_error` is documented, but cannot be provoked here. */
const canProvoke = (name: RouteName, code: ProblemCode) =>
  ROUTES[name].audience !== 'anyone' || code !== 'internal_error';

describe.each(Object.keys(ROUTES) as RouteName[])('the route %s', (name) => {
  it.each(problemsOf(name).filter((code) => canProvoke(name, code)))('can answer %s', async (code) => {
    const provoke = PROVOCATIONS[code];
    if (!provoke) throw new Error(`Nothing here provokes ${code}.`);
    const { status, json } = await provoke(await createWorld(), name);
    expect({ status, code: json.code }).toEqual({ status: PROBLEMS[code].status, code });
  });
});

/** Provokes the problems of requests that fit no route, and of parts of a request. Each returns the codes in the answer. */
const OUTSIDE_OPERATIONS: Partial<Record<ProblemCode, (world: World) => Promise<readonly string[]>>> = {
  method_not_allowed: async (world) => [(await world.ask(plainRequest({ method: 'PUT' }))).json.code],
  lease_lost: async (world) => {
    await world.submit(sampleSubmission());
    const [leased] = (await world.pull({ want: 1 })).json.jobs;
    if (!leased) throw new Error('No job was leased.');
    const lost = { ...leased, lease: { ...leased.lease, fence: leased.lease.fence + 1 } };
    const results = [{ lease: lost.lease, jws: jwsFor(world, lost) }];
    return (await world.pull({ results })).json.rejected.map(({ code }: { code: string }) => code);
  },
};

/** The codes of parts that the reference lists as not built yet. Remove a code from here when it can be provoked. */
const NOT_BUILT_YET: readonly ProblemCode[] = ['endpoint_limit', 'rotation_in_overlap'];

describe('every code of the table', () => {
  const described = new Set((Object.keys(ROUTES) as RouteName[]).flatMap((name) => [...problemsOf(name)]));
  const codes = Object.keys(PROBLEMS) as ProblemCode[];

  it('is provoked on a route, provoked outside the operations, or belongs to a part that is not built yet', () => {
    const [onRoutes, outside] = [codes.filter((code) => described.has(code)), Object.keys(OUTSIDE_OPERATIONS)];
    expect([...onRoutes, ...outside, ...NOT_BUILT_YET].toSorted()).toEqual(codes.toSorted());
  });

  it.each(Object.entries(OUTSIDE_OPERATIONS))('can be answered outside the operations: %s', async (code, provoke) => {
    expect(await provoke(await createWorld())).toEqual([code]);
  });

  it('is in the reference’s list when its part is not built yet', () => {
    const [, text = ''] = sectionUnder(REFERENCE, 'Not built yet').split('**Problem codes** of these parts (');
    const named = [...(text.split(')')[0] ?? '').matchAll(/`(\w+)`/g)].map(([, code]) => code);
    expect(named).toEqual(NOT_BUILT_YET);
  });
});
