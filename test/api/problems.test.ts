// The table of problems is API: a code never changes its status or whether it is retryable.
import { describe, expect, it } from 'vitest';
import { PROBLEMS, type ProblemCode } from '../../lib/api/problems.ts';
import { problemResponse } from '../../lib/relay/model/http-response.ts';

import { NOW } from '../support/relay/samples.ts';
import { createWorld, plainRequest } from '../support/relay/world.ts';

/** The code, the status, and R when the problem is retryable. */
const PROMISED = `
  request_malformed 400
  body_too_large 413
  media_type_unsupported 415
  signature_missing 401
  signature_invalid 401
  timestamp_out_of_range 401 R
  nonce_replayed 409 R
  not_permitted 403
  account_suspended 403
  idempotency_key_reused 422
  validation_failed 422
  url_refused 422
  quota_exceeded 429 R
  not_found 404
  method_not_allowed 405
  lease_lost 409
  job_finished 409
  enrollment_refused 401
  agent_identity_in_use 409
  endpoint_limit 409
  rotation_in_overlap 409
  dependency_unavailable 503 R
  internal_error 500 R
`;

it('repeats the code as `error` for VouchersX callers only', async () => {
  const world = await createWorld();
  const ask = async (headers: Record<string, string>) =>
    (await world.ask(plainRequest({ path: '/api/links/job_x', headers }))).json;
  expect(await ask({ 'x-partner-slug': 'acme' })).toMatchObject({
    code: 'signature_missing',
    error: 'signature_missing',
  });
  expect(await ask({ 'x-link-peeler-key': 'acme' })).not.toHaveProperty('error');
});

describe('the table', () => {
  it('has exactly the promised codes, statuses and retryable flags', () => {
    const rows = Object.entries(PROBLEMS).map(([code, row]) => `${code} ${row.status}${row.retryable ? ' R' : ''}`);
    expect(rows.toSorted()).toEqual(
      PROMISED.trim()
        .split('\n')
        .map((line) => line.trim())
        .toSorted(),
    );
  });

  it('has a different title for each code', () => {
    const titles = Object.values(PROBLEMS).map(({ title }) => title);
    expect(new Set(titles).size).toBe(titles.length);
  });
});

describe('an answer', () => {
  it.each(Object.keys(PROBLEMS) as ProblemCode[])('for %s is a problem document with all its fields', (code) => {
    const { status, headers, body } = problemResponse(
      { problem: code, reason: 'for the log only' },
      { requestId: 'request-1', nowMs: NOW },
    );
    expect([status, headers]).toEqual([PROBLEMS[code].status, { 'content-type': 'application/problem+json' }]);
    expect(JSON.parse(body)).toEqual({
      type: `urn:signet:problem:${code}`,
      title: PROBLEMS[code].title,
      status,
      code,
      retryable: PROBLEMS[code].retryable,
      requestId: 'request-1',
      serverTime: '2026-11-22T12:00:00.250Z',
    });
  });
});
