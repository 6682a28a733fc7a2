// The table of problems is API: a code never changes its status, nor whether to try again.
import { describe, expect, it } from 'vitest';
import { PROBLEMS, type ProblemCode } from '../../lib/api/problems.ts';
import { problemResponse } from '../../lib/relay/model/http-response.ts';
import { quotaWindowOf, secondsUntilNextMonth } from '../../lib/relay/model/quota-window.ts';
import { NOW } from '../support/relay/samples.ts';
import { createWorld, plainRequest } from '../support/relay/world.ts';

/** Code, status, and R where the same intent, signed anew, may succeed later. */
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

it('a VouchersX caller finds the code under `error` too, and nobody else does', async () => {
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
  it('has exactly the promised codes, statuses and hints to try again', () => {
    const rows = Object.entries(PROBLEMS).map(([code, row]) => `${code} ${row.status}${row.retryable ? ' R' : ''}`);
    expect(rows.toSorted()).toEqual(
      PROMISED.trim()
        .split('\n')
        .map((line) => line.trim())
        .toSorted(),
    );
  });

  it('has a title for each, and no two alike', () => {
    const titles = Object.values(PROBLEMS).map(({ title }) => title);
    expect(new Set(titles).size).toBe(titles.length);
  });
});

describe('an answer', () => {
  it.each(Object.keys(PROBLEMS) as ProblemCode[])('for %s is problem+json with everything a program needs', (code) => {
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

describe('the quota window', () => {
  it.each([
    ['2026-11-30T23:59:59.999Z', '2026-11', 1],
    ['2026-12-01T00:00:00.000Z', '2026-12', 31 * 86_400],
    ['2026-12-31T23:00:00.001Z', '2026-12', 3_600],
    ['2028-02-01T00:00:00.000Z', '2028-02', 29 * 86_400],
  ])('of %s is %s, and ends in %i seconds', (time, window, seconds) => {
    expect(quotaWindowOf(Date.parse(time))).toBe(window);
    expect(secondsUntilNextMonth(Date.parse(time))).toBe(seconds);
  });
});
