// The problems that each route can answer: those of the request pipeline, and those of the route's handler.
import type { ProblemCode } from '../../api/problems.ts';
import { ROUTES, type Route, type RouteName } from '../../api/routes.ts';

const SIGNATURE = ['request_malformed', 'signature_missing', 'signature_invalid', 'timestamp_out_of_range'] as const;
const OF_SIGNED_REQUESTS = [...SIGNATURE, 'not_permitted', 'account_suspended', 'quota_exceeded'] as const;

const BY_AUDIENCE = {
  anyone: [],
  enrollee: SIGNATURE,
  partner: OF_SIGNED_REQUESTS,
  agent: OF_SIGNED_REQUESTS,
} as const satisfies Record<Route['audience'], readonly ProblemCode[]>;

const BY_HANDLER: Readonly<Record<RouteName, readonly ProblemCode[]>> = {
  submitLink: ['validation_failed', 'url_refused', 'idempotency_key_reused'],
  submitBatch: ['validation_failed'],
  cancelLink: ['validation_failed', 'not_found', 'job_finished'],
  deleteLink: ['not_found', 'job_finished'],
  listLinks: ['validation_failed'],
  getLink: ['not_found'],
  getEvidence: ['not_found'],
  getTimeline: ['not_found'],
  checkAuth: [],
  getQuota: [],
  enrollAgent: ['validation_failed', 'enrollment_refused', 'agent_identity_in_use'],
  pullJobs: ['validation_failed', 'agent_identity_in_use'],
  openApi: [],
  health: [],
};

/** The problems of requests that fit no route. No operation describes them. */
export const OUTSIDE_ROUTES = ['not_found', 'method_not_allowed'] as const satisfies readonly ProblemCode[];

/** Returns the problems that a route can answer, in the order in which a request is checked. */
export function problemsOf(name: RouteName): readonly ProblemCode[] {
  const { audience, bodyLimitBytes, claims }: Route = ROUTES[name];
  return [
    'body_too_large',
    ...(bodyLimitBytes > 0 ? (['media_type_unsupported'] as const) : []),
    ...BY_AUDIENCE[audience],
    ...(claims === 'never' ? [] : (['nonce_replayed'] as const)),
    ...BY_HANDLER[name],
    ...(audience === 'anyone' ? [] : (['dependency_unavailable'] as const)),
    'internal_error',
  ];
}

export type ProblemHeader = 'Retry-After' | 'RateLimit-Policy' | 'RateLimit' | 'Allow';

/** The headers that an answer with a problem always has. */
export const PROBLEM_HEADERS: Partial<Readonly<Record<ProblemCode, readonly ProblemHeader[]>>> = {
  nonce_replayed: ['Retry-After'],
  quota_exceeded: ['Retry-After', 'RateLimit-Policy', 'RateLimit'],
  dependency_unavailable: ['Retry-After'],
  method_not_allowed: ['Allow'],
};
