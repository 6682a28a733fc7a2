// The table of routes: who may call each one, which function serves it, how large its body may be.
// The handlers and the template read it.
import { LIMITS } from './limits.ts';

/** One route of the API. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** `{name}` matches one path segment of unreserved characters. */
  readonly path: string;
  readonly audience: 'partner' | 'agent' | 'enrollee' | 'anyone';
  readonly servedBy: 'links' | 'webhooks' | 'agent';
  readonly bodyLimitBytes: number;
  /** A dry run changes nothing and accepts any body, also an empty one. */
  readonly isDryRun?: boolean;
  /** When the one-time value is claimed. With `on_lease` it is claimed only when there is a job to lease. */
  readonly claims: 'always' | 'if_profile_claims_reads' | 'on_lease' | 'never';
}

/** The routes by name. */
export const ROUTES = {
  submitLink: {
    method: 'POST',
    path: '/api/links/fetch',
    audience: 'partner',
    servedBy: 'links',
    bodyLimitBytes: LIMITS.bodyBytes,
    claims: 'always',
  },
  submitBatch: {
    method: 'POST',
    path: '/api/links/fetch/batch',
    audience: 'partner',
    servedBy: 'links',
    bodyLimitBytes: LIMITS.bulkBodyBytes,
    claims: 'always',
  },
  cancelLink: {
    method: 'POST',
    path: '/api/links/cancel',
    audience: 'partner',
    servedBy: 'links',
    bodyLimitBytes: LIMITS.bodyBytes,
    claims: 'always',
  },
  deleteLink: {
    method: 'DELETE',
    path: '/api/links/{jobId}',
    audience: 'partner',
    servedBy: 'links',
    bodyLimitBytes: 0,
    claims: 'always',
  },
  listLinks: {
    method: 'GET',
    path: '/api/links',
    audience: 'partner',
    servedBy: 'links',
    bodyLimitBytes: 0,
    claims: 'if_profile_claims_reads',
  },
  getLink: {
    method: 'GET',
    path: '/api/links/{jobId}',
    audience: 'partner',
    servedBy: 'links',
    bodyLimitBytes: 0,
    claims: 'if_profile_claims_reads',
  },
  getEvidence: {
    method: 'GET',
    path: '/api/links/{jobId}/evidence',
    audience: 'partner',
    servedBy: 'links',
    bodyLimitBytes: 0,
    claims: 'if_profile_claims_reads',
  },
  getTimeline: {
    method: 'GET',
    path: '/api/links/{jobId}/timeline',
    audience: 'partner',
    servedBy: 'links',
    bodyLimitBytes: 0,
    claims: 'if_profile_claims_reads',
  },
  checkAuth: {
    method: 'POST',
    path: '/api/auth/check',
    audience: 'partner',
    servedBy: 'links',
    bodyLimitBytes: LIMITS.bodyBytes,
    claims: 'always',
    isDryRun: true,
  },
  getQuota: {
    method: 'GET',
    path: '/api/quota',
    audience: 'partner',
    servedBy: 'links',
    bodyLimitBytes: 0,
    claims: 'if_profile_claims_reads',
  },
  enrollAgent: {
    method: 'POST',
    path: '/agent/enroll',
    audience: 'enrollee',
    servedBy: 'agent',
    bodyLimitBytes: LIMITS.bodyBytes,
    claims: 'never',
  },
  pullJobs: {
    method: 'POST',
    path: '/agent/pull',
    audience: 'agent',
    servedBy: 'agent',
    bodyLimitBytes: LIMITS.bulkBodyBytes,
    claims: 'on_lease',
  },
  openApi: {
    method: 'GET',
    path: '/openapi.json',
    audience: 'anyone',
    servedBy: 'links',
    bodyLimitBytes: 0,
    claims: 'never',
  },
  health: {
    method: 'GET',
    path: '/healthz',
    audience: 'anyone',
    servedBy: 'links',
    bodyLimitBytes: 0,
    claims: 'never',
  },
} as const satisfies Record<string, Route>;

export type RouteName = keyof typeof ROUTES;
