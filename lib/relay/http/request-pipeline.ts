// Every HTTP request passes here, in one order: route, size, media type, signature, one-time value, then its handler.

import type { ProblemCode } from '../../api/problems.ts';
import { ROUTES, type Route, type RouteName } from '../../api/routes.ts';
import type { ReceivedRequest } from '../../protocol/http-message.ts';
import { claimsReads, PROFILES } from '../../protocol/profiles/profiles.ts';
import { accept, refuse, type Verdict } from '../../protocol/verdict.ts';
import { refuseForFailure } from '../model/describe-failure.ts';
import { problemResponse, type Refusal, type RelayResponse } from '../model/http-response.ts';
import type { EventLog, KeyUses, OneTimeValues, PullClaim } from '../model/ports.ts';
import type { AgentKey, PartnerKey } from '../model/records.ts';
import { type AuthenticatedRequest, type AuthenticationPorts, authenticate } from './authenticate.ts';
import { createDiagnosis, type Diagnose } from './diagnose.ts';
import { explainRefusal } from './explain-refusal.ts';
import { matchRoute, type RouteMatch } from './match-route.ts';
import { type NotedUses, noteKeyUse } from './note-key-use.ts';
import { requireContentBinding } from './require-content-binding.ts';

/** A request with what the gateway says about it. */
export interface IncomingRequest extends ReceivedRequest {
  readonly requestId: string;
}

export interface PlainCall {
  readonly request: IncomingRequest;
  readonly parameters: Readonly<Record<string, string>>;
  readonly nowMs: number;
}

export interface SignedCall<R extends PartnerKey | AgentKey = PartnerKey | AgentKey>
  extends PlainCall,
    AuthenticatedRequest<R> {
  /** Claims the one-time value where the route leaves that to its handler. True when it was new. */
  claimOneTimeValue(pull?: PullClaim): Promise<boolean>;
}

export type PartnerCall = SignedCall<PartnerKey>;
export type AgentCall = SignedCall<AgentKey>;

type Answer = Promise<RelayResponse | Refusal>;

/** A handler takes the call that its route's audience makes. */
export type Handlers = Partial<
  Record<
    RouteName,
    | { readonly audience: 'partner'; readonly handle: (call: PartnerCall) => Answer }
    | { readonly audience: 'agent'; readonly handle: (call: AgentCall) => Answer }
    | { readonly audience: 'anyone' | 'enrollee'; readonly handle: (call: PlainCall) => Answer }
  >
>;

export interface RequestPipelinePorts extends AuthenticationPorts {
  readonly oneTimeValues: OneTimeValues;
  /** Absent in functions that no partner calls. */
  readonly keyUses?: KeyUses | undefined;
  readonly eventLog: EventLog;
}

/** What stands behind one door, which keeps count of what it has diagnosed and noted. */
interface Pipeline {
  readonly ports: RequestPipelinePorts;
  readonly handlers: Handlers;
  readonly diagnose: Diagnose;
  readonly noted: NotedUses;
}

export function createRequestPipeline(ports: RequestPipelinePorts, handlers: Handlers) {
  const door: Pipeline = { ports, handlers, diagnose: createDiagnosis(ports.clock), noted: new Map() };
  return async (request: IncomingRequest): Promise<RelayResponse> => {
    const repeatsCodeAsError = PROFILES.vouchersx.keyIdHeader in request.headers;
    const context = { requestId: request.requestId, nowMs: ports.clock(), repeatsCodeAsError };
    const answer = await answerOrFail(door, request);
    if (!('problem' in answer)) return answer;
    ports.eventLog.record({
      event: 'request.refused',
      requestId: request.requestId,
      route: `${request.method} ${request.path}`,
      problem: answer.problem,
      reason: answer.reason.slice(0, LOGGED_REASON_CHARACTERS),
      ...(answer.claim && { keyId: answer.claim.keyId }),
      ...(answer.suspicion && { suspicion: answer.suspicion }),
    });
    const showsContent = request.path === ROUTES.checkAuth.path;
    return problemResponse(explainRefusal(answer, { nowMs: context.nowMs, showsContent }), context);
  };
}

/** A reason may quote names that a sender chose; the log keeps enough of them to find the request. */
const LOGGED_REASON_CHARACTERS = 400;

async function answerOrFail(door: Pipeline, request: IncomingRequest): Answer {
  try {
    return await answer(door, request);
  } catch (error) {
    return refuseForFailure(error);
  }
}

async function answer({ ports, handlers, diagnose, noted }: Pipeline, request: IncomingRequest): Answer {
  const match = matchRoute(request.method, request.path);
  if (!match.ok) return match.problem === 'method_not_allowed' ? { ...match, headers: { allow: match.reason } } : match;
  const handler = handlers[match.value.name];
  if (!handler) return refuse('not_found', 'this function does not serve the route');
  const shape = checkShape(request, match.value.route);
  if (!shape.ok) return shape;
  const call: PlainCall = { request, parameters: match.value.parameters, nowMs: ports.clock() };
  if (handler.audience === 'anyone' || handler.audience === 'enrollee') return handler.handle(call);
  const signed = await authenticate({ ...ports, diagnose }, handler.audience, request);
  if (!signed.ok) return signed;
  const unbound = requireContentBinding(match.value.route, signed.value.verified);
  if (unbound) return unbound;
  const { oneTimeValue } = signed.value.verified;
  const claimOneTimeValue = (pull?: PullClaim) => ports.oneTimeValues.claim(oneTimeValue, ports.clock(), pull);
  if (claimsBeforeHandler(match.value, signed.value) && !(await claimOneTimeValue())) return REPLAYED;
  await noteKeyUse(ports, noted, signed.value.verified);
  return handler.handle({ ...call, ...signed.value, claimOneTimeValue } as never);
}

/** The refusal of a request that was seen before. */
export const REPLAYED: Refusal = {
  problem: 'nonce_replayed',
  reason: 'the one-time value was claimed before',
  detail: 'Sign the request anew: a fresh timestamp and, where the scheme has one, a fresh nonce.',
  headers: { 'retry-after': '1' },
};

/** Size, then media type: both before anything is looked up. */
function checkShape(request: IncomingRequest, route: Route): Verdict<true, ProblemCode> {
  if (request.body.length > route.bodyLimitBytes)
    return refuse('body_too_large', `${request.body.length} bytes where ${route.bodyLimitBytes} are taken`);
  if (request.body.length === 0) return accept(true);
  if ((request.headers['content-encoding'] ?? 'identity') !== 'identity')
    return refuse('media_type_unsupported', 'the body is encoded');
  return /^application\/json(?:\s*;\s*charset="?utf-8"?)?$/i.test(request.headers['content-type'] ?? '')
    ? accept(true)
    : refuse('media_type_unsupported', 'the body is not application/json');
}

function claimsBeforeHandler({ route }: RouteMatch, { verified }: AuthenticatedRequest): boolean {
  if (route.claims === 'if_profile_claims_reads') return claimsReads(verified.key.profile);
  return route.claims === 'always';
}
