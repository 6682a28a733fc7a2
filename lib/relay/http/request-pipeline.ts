// The request pipeline. It checks every request in one order: route, size, media type, signature, one-time value, handler.

import type { ProblemCode } from '../../api/problems.ts';
import { ROUTES, type Route, type RouteName } from '../../api/routes.ts';
import type { ReceivedRequest } from '../../protocol/http-message.ts';
import { claimsReads } from '../../protocol/profiles/profiles.ts';
import { accept, refuse, type Verdict } from '../../protocol/verdict.ts';
import { refuseForFailure } from '../model/describe-failure.ts';
import { problemResponse, type Refusal, type RelayResponse } from '../model/http-response.ts';
import type { EventLog, KeyUses, OneTimeValues, PullClaim } from '../model/ports.ts';
import type { AgentKey, PartnerKey } from '../model/records.ts';
import { type AuthenticatedRequest, type AuthenticationPorts, authenticate } from './authenticate.ts';
import { chooseErrorWords } from './choose-error-words.ts';
import { createDiagnosis, type Diagnose } from './diagnose.ts';
import { explainRefusal } from './explain-refusal.ts';
import { createRequestLimit, type LimitRequests } from './limit-requests.ts';
import { matchRoute, type RouteMatch } from './match-route.ts';
import { type RecordedUses, recordKeyUse } from './record-key-use.ts';
import { requireContentBinding } from './require-content-binding.ts';

/** A request, with the id that the gateway gave it. */
export interface IncomingRequest extends ReceivedRequest {
  readonly requestId: string;
}

/** What a handler of an unsigned route gets. Request and parameters are untrusted. */
export interface PlainCall {
  readonly request: IncomingRequest;
  /** The parameters in the path, by name. */
  readonly parameters: Readonly<Record<string, string>>;
  /** When the request arrived. Epoch milliseconds. */
  readonly nowMs: number;
}

/** What a handler of a signed route gets: the call, the verified request and its account. */
export interface SignedCall<R extends PartnerKey | AgentKey = PartnerKey | AgentKey>
  extends PlainCall,
    AuthenticatedRequest<R> {
  /** Claims the one-time value, for a route whose handler must do so. Returns true when the value is new. */
  claimOneTimeValue(pull?: PullClaim): Promise<boolean>;
}

/** A call that a partner has signed. */
export type PartnerCall = SignedCall<PartnerKey>;

/** A call that an agent has signed. */
export type AgentCall = SignedCall<AgentKey>;

type Answer = Promise<RelayResponse | Refusal>;

/** The handlers of one function, by route. The audience of a route decides which call its handler gets. */
export type Handlers = Partial<
  Record<
    RouteName,
    | { readonly audience: 'partner'; readonly handle: (call: PartnerCall) => Answer }
    | { readonly audience: 'agent'; readonly handle: (call: AgentCall) => Answer }
    | { readonly audience: 'anyone' | 'enrollee'; readonly handle: (call: PlainCall) => Answer }
  >
>;

/** The ports that the pipeline needs, apart from those of the handlers. */
export interface RequestPipelinePorts extends AuthenticationPorts {
  readonly oneTimeValues: OneTimeValues;
  /** Absent in functions that no partner calls. */
  readonly keyUses?: KeyUses | undefined;
  readonly eventLog: EventLog;
}

/** One pipeline: its ports and handlers, and the counts that it keeps between requests. */
interface Pipeline {
  readonly ports: RequestPipelinePorts;
  readonly handlers: Handlers;
  readonly diagnose: Diagnose;
  readonly limitRequests: LimitRequests;
  readonly recordedUses: RecordedUses;
}

/**
 * Returns a function that answers one request. It answers and logs every refusal and every thrown error as a problem
 * document, so it never throws.
 */
export function createRequestPipeline(ports: RequestPipelinePorts, handlers: Handlers) {
  const diagnose = createDiagnosis(ports.clock);
  const limitRequests = createRequestLimit(ports.clock);
  const pipeline: Pipeline = { ports, handlers, diagnose, limitRequests, recordedUses: new Map() };
  return async (request: IncomingRequest): Promise<RelayResponse> => {
    const context = { requestId: request.requestId, nowMs: ports.clock(), errorOf: chooseErrorWords(request.headers) };
    const answer = await answerOrFail(pipeline, request);
    if (!('problem' in answer)) return answer;
    ports.eventLog.record({
      event: 'request.refused',
      requestId: request.requestId,
      route: `${request.method} ${request.path}`,
      problem: answer.problem,
      reason: answer.reason,
      ...(answer.claim && { keyId: answer.claim.keyId }),
      ...(answer.suspicion && { suspicion: answer.suspicion }),
    });
    const showsContent = request.path === ROUTES.checkAuth.path;
    return problemResponse(explainRefusal(answer, { nowMs: context.nowMs, showsContent }), context);
  };
}

async function answerOrFail(pipeline: Pipeline, request: IncomingRequest): Answer {
  try {
    return await answer(pipeline, request);
  } catch (error) {
    return refuseForFailure(error);
  }
}

async function answer(
  { ports, handlers, diagnose, limitRequests, recordedUses }: Pipeline,
  request: IncomingRequest,
): Answer {
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
  const exceeded = limitRequests(signed.value.verified.key.record, signed.value.account);
  if (exceeded) return exceeded;
  const unbound = requireContentBinding(match.value.route, signed.value.verified);
  if (unbound) return unbound;
  const { oneTimeValue } = signed.value.verified;
  const claimOneTimeValue = (pull?: PullClaim) => ports.oneTimeValues.claim(oneTimeValue, ports.clock(), pull);
  if (claimsBeforeHandler(match.value, signed.value) && !(await claimOneTimeValue())) return REPLAYED;
  await recordKeyUse(ports, recordedUses, signed.value.verified);
  return handler.handle({ ...call, ...signed.value, claimOneTimeValue } as never);
}

/** The refusal of a request whose one-time value was claimed before. */
export const REPLAYED: Refusal = {
  problem: 'nonce_replayed',
  reason: 'the one-time value was claimed before',
  detail: 'Sign the request again with a fresh timestamp and, if the scheme has one, a fresh nonce.',
  headers: { 'retry-after': '1' },
};

/** Checks the size and then the media type. Both checks come before any lookup. */
function checkShape(request: IncomingRequest, route: Route): Verdict<true, ProblemCode> {
  if (request.body.length > route.bodyLimitBytes)
    return refuse(
      'body_too_large',
      `the body has ${request.body.length} bytes, and this route accepts ${route.bodyLimitBytes}`,
    );
  if (request.body.length === 0) return accept(true);
  if ((request.headers['content-encoding'] ?? 'identity') !== 'identity')
    return refuse('media_type_unsupported', 'the body has a Content-Encoding');
  return /^application\/json(?:\s*;\s*charset="?utf-8"?)?$/i.test(request.headers['content-type'] ?? '')
    ? accept(true)
    : refuse('media_type_unsupported', 'the body is not application/json');
}

function claimsBeforeHandler({ route }: RouteMatch, { verified }: AuthenticatedRequest): boolean {
  if (route.claims === 'if_profile_claims_reads') return claimsReads(verified.key.profile);
  return route.claims === 'always';
}
