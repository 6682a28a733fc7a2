// A small relay for the client's tests, over real HTTP. It verifies each request as the relay does, claims its one-time
// value, and gives scripted answers.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { JobState, JobView, LinkSubmission } from '../../lib/protocol/messages.ts';
import { parseSignedRequest } from '../../lib/protocol/signatures/parse-request.ts';
import {
  type VerificationKey,
  type VerifiedRequest,
  verifyRequest,
} from '../../lib/protocol/signatures/verify-request.ts';
import { send, sendProblem } from '../support/agent/fake-relay.ts';
import { type LocalServer, serveHttp } from '../support/local-server.ts';

/** A received request. */
export interface Seen {
  readonly method: string;
  /** The target of the request line, with the query. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** `accepted`, or the problem of the refusal. */
  readonly verdict: string;
  readonly verified?: VerifiedRequest | undefined;
}

/** A scripted answer. It may also leave the request without an answer. */
export type Turn = (response: ServerResponse, seen: Seen) => void;

/** A running fake relay. */
export interface FakeRelay extends LocalServer {
  readonly seen: Seen[];
  /** The scripted answers, one for each request in order. When they are used up, it answers as the relay does. */
  readonly turns: Turn[];
  /** The state of the job in its answers. */
  state: JobState;
}

/** Starts a fake relay with one known key. `nowMs` is the relay's clock. */
export async function startFakeRelay(key: VerificationKey, nowMs: () => number = Date.now): Promise<FakeRelay> {
  const claimed = new Set<string>();
  const known = new Set<string>();
  const server = await serveHttp(async (request, response) => {
    const seen = await verify(request, key, nowMs());
    const value = seen.verified?.oneTimeValue.value;
    const isReplay = value !== undefined && claimed.has(value);
    if (value && seen.method !== 'GET') claimed.add(value);
    relay.seen.push(isReplay ? { ...seen, verdict: 'nonce_replayed' } : seen);
    const turn = relay.turns.shift();
    if (turn) return turn(response, seen);
    if (!value) return sendProblem(response, seen.verdict as 'signature_invalid', nowMs());
    if (isReplay) return sendProblem(response, 'nonce_replayed', nowMs(), { 'retry-after': '1' });
    if (seen.method === 'GET') return send(response, 200, jobOf({}, relay.state));
    const submission = JSON.parse(seen.body.toString('utf8')) as LinkSubmission;
    const isKnown = known.has(submission.idempotencyKey);
    known.add(submission.idempotencyKey);
    send(response, isKnown ? 200 : 202, jobOf(submission, relay.state));
  });
  const relay: FakeRelay = { ...server, seen: [], turns: [], state: 'queued' };
  return relay;
}

async function verify(request: IncomingMessage, key: VerificationKey, nowMs: number): Promise<Seen> {
  const body = Buffer.concat(await request.toArray());
  const { method = '', url: target = '' } = request;
  const headers = request.headers as Record<string, string>;
  const [path = '', query = ''] = target.split('?');
  const authority = headers['host'] ?? '';
  const claim = parseSignedRequest({ method, authority, gatewayAuthority: authority, path, query, headers, body });
  const verdict = claim.ok ? verifyRequest(claim.value, key, nowMs) : claim;
  const verified = verdict.ok ? verdict.value : undefined;
  return { method, target, headers, body, verdict: verdict.ok ? 'accepted' : verdict.problem, verified };
}

export const JOB_ID = `job_${'a'.repeat(52)}`;

export const SUBMISSION: LinkSubmission = {
  idempotencyKey: 'row-17',
  trackingUrl: 'https://t.example/abc?x=ä',
  source: 'crm',
  rowId: '17',
};

/** Returns a job in this state. */
export function jobOf(submission: Partial<LinkSubmission>, state: JobState): JobView {
  const at = '2026-11-22T12:00:00.000Z';
  const later = '2026-11-23T12:00:00.000Z';
  const result = {
    conclusion: 'valid',
    reason: 'final_ok',
    finalUrl: 'https://shop.example/',
    ready: true,
    checkedAt: at,
    validUntil: later,
    agentId: 'agent_1',
    hopCount: 2,
  } as const;
  return {
    ...SUBMISSION,
    ...submission,
    jobId: JOB_ID,
    state,
    pool: 'default',
    attempts: 0,
    createdAt: at,
    updatedAt: at,
    deadlineAt: later,
    ...(state === 'completed' && { result }),
  };
}
