// A small real relay for the agent's tests: it enrols agents, leases jobs, accepts results and records every request.
import { createPublicKey, randomBytes, verify } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { PROBLEMS, type ProblemCode } from '../../../lib/api/problems.ts';
import type { EnrollRequest, JobView, LeasedJob, PullRequest, PullResponse } from '../../../lib/protocol/messages.ts';
import { parseRfc9421, type SignatureTag } from '../../../lib/protocol/signatures/rfc9421.ts';
import { type LocalServer, serveHttp } from '../local-server.ts';

/** A request that the relay received. */
export interface SeenRequest {
  readonly path: string;
  readonly body: unknown;
  readonly keyId: string;
  readonly createdMs: number;
  readonly signatureIsGood: boolean;
}

/**
 * Answers in place of the relay, or leaves the request unanswered, and returns true. Returns false to let the relay
 * answer.
 */
export type Intervention = (seen: SeenRequest, response: ServerResponse) => boolean;

/** The running relay. */
export interface FakeRelay extends LocalServer {
  readonly seen: readonly SeenRequest[];
  readonly pulls: () => readonly PullRequest[];
  readonly results: () => readonly { readonly lease: { readonly jobId: string }; readonly jws: string }[];
  /** Returns a new token for one agent. */
  readonly token: () => string;
  readonly offer: (job: LeasedJob) => void;
  /** Each is used for one request, in order. */
  readonly interventions: Intervention[];
  /** Resolves when the test returns true. It is called again at every request and every answer. */
  readonly until: (test: (relay: FakeRelay) => boolean) => Promise<void>;
  answerWith: Partial<PullResponse>;
  /** The relay's clock. */
  nowMs: () => number;
}

/** Starts the relay on a free port. */
export async function startFakeRelay(): Promise<FakeRelay> {
  const seen: SeenRequest[] = [];
  const offered: LeasedJob[] = [];
  const agents = new Map<string, string>();
  const waiting: { readonly test: () => boolean; readonly resolve: () => void }[] = [];
  const check = () => {
    for (const { test, resolve } of waiting) if (test()) resolve();
  };

  const server = await serveHttp(async (request, response) => {
    const body = await readAll(request);
    const { host = '' } = request.headers;
    const enrolling = request.url === '/agent/enroll';
    const message = JSON.parse(body.toString('utf8')) as EnrollRequest & PullRequest;
    const parsed = parseRequest(request, body, { host, tag: enrolling ? 'signet-enroll' : 'signet' });
    const publicKey = enrolling ? message.publicKey : (agents.get(parsed.keyId) ?? '');
    const one = { path: request.url ?? '', body: message, ...parsed, signatureIsGood: isGood(parsed, publicKey) };
    seen.push(one);
    check();
    response.once('close', check);
    const intervene = relay.interventions.shift();
    if (intervene?.(one, response)) return;
    if (!one.signatureIsGood) return sendProblem(response, 'signature_invalid', relay.nowMs());
    const answer = enrolling ? enrollAgent(agents, publicKey) : answerPull(message, offered.splice(0, message.want));
    send(response, 200, {
      ...answer,
      ...(enrolling ? {} : relay.answerWith),
      serverTime: new Date(relay.nowMs()).toISOString(),
    });
  });

  const pulls = () => seen.filter(({ path }) => path === '/agent/pull').map(({ body }) => body as PullRequest);
  const relay: FakeRelay = {
    ...server,
    seen,
    pulls,
    results: () => pulls().flatMap(({ results = [] }) => results),
    token: () => formatToken(server.origin),
    offer: (job) => void offered.push(job),
    interventions: [],
    until: (test) =>
      new Promise((resolve) => {
        waiting.push({ test: () => test(relay), resolve });
        check();
      }),
    answerWith: {},
    nowMs: Date.now,
  };
  return relay;
}

/** Returns an enrolment token for a relay. */
export function formatToken(relayUrl: string, secret = randomBytes(32).toString('base64url')): string {
  return `set_${Buffer.from(JSON.stringify({ u: relayUrl, t: secret })).toString('base64url')}`;
}

/** Answers with a problem in the relay's own format. */
export function sendProblem(response: ServerResponse, code: ProblemCode, nowMs: number, headers: object = {}): void {
  const { status, title, retryable } = PROBLEMS[code];
  const serverTime = new Date(nowMs).toISOString();
  const problem = {
    type: `https://signet.example/${code}`,
    title,
    status,
    code,
    retryable,
    requestId: 'r',
    serverTime,
  };
  send(response, status, problem, { 'content-type': 'application/problem+json', ...headers });
}

/** Answers with JSON. */
export function send(response: ServerResponse, status: number, body: object, headers: object = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', connection: 'close', ...headers });
  response.end(JSON.stringify(body));
}

function enrollAgent(agents: Map<string, string>, publicKey: string): object {
  const agentId = `agent_${agents.size + 1}`;
  agents.set(agentId, publicKey);
  return { agentId, accountId: 'acc1', pool: 'default', labels: ['test'] };
}

function answerPull({ results = [], renew = [] }: PullRequest, jobs: readonly LeasedJob[]): object {
  const accepted = results.map(({ lease }) => lease.jobId);
  return { accepted, rejected: [], renewed: renew, jobs, nextPollSeconds: 0, pace: 'p1' };
}

interface ParsedRequest {
  readonly keyId: string;
  readonly createdMs: number;
  readonly base: Uint8Array;
  readonly signature: Uint8Array;
}

function parseRequest(
  request: IncomingMessage,
  body: Buffer,
  { host, tag }: { host: string; tag: SignatureTag },
): ParsedRequest {
  const [path = '', query = ''] = (request.url ?? '').split('?');
  const headers = request.headers as Record<string, string>;
  const parts = { method: request.method ?? '', authority: host, gatewayAuthority: host, path, query, headers, body };
  const claim = parseRfc9421(parts, tag);
  if (!claim.ok) throw new Error(claim.reason);
  const { keyId, timestampMs, signedContent, signatures } = claim.value;
  return { keyId, createdMs: timestampMs ?? 0, base: signedContent, signature: signatures[0] ?? new Uint8Array() };
}

function isGood({ base, signature }: ParsedRequest, publicKey: string): boolean {
  const key = { kty: 'OKP', crv: 'Ed25519', x: publicKey };
  return publicKey !== '' && verify(null, base, createPublicKey({ key, format: 'jwk' }), signature);
}

async function readAll(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Returns a leased job as the relay would send it. */
export function leasedJob(
  number: number,
  trackingUrl: string,
  options: Partial<JobView> & { leaseUntil?: string } = {},
): LeasedJob {
  const { leaseUntil = new Date(Date.now() + 120_000).toISOString(), ...more } = options;
  const jobId = `job_${String.fromCharCode(97 + number).repeat(52)}`;
  const createdAt = '2026-11-22T05:00:00.000Z';
  const lease = { jobId, createdAt, fence: 1, leaseUntil, receipt: `receipt-${number}` };
  const names = {
    jobId,
    idempotencyKey: `k${number}`,
    trackingUrl,
    source: 'test',
    rowId: `r${number}`,
    pool: 'default',
  };
  const times = { createdAt, updatedAt: createdAt, deadlineAt: '2026-11-23T05:00:00.000Z' };
  return { lease, job: { ...names, ...times, state: 'leased', attempts: 1, ...more } };
}
