// The table of problems is API: a code never changes its status or whether it is retryable.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { PROBLEMS, type ProblemCode } from '../../lib/api/problems.ts';
import { MISSING_PARTNER_SLUG, VOUCHERSX_ERRORS } from '../../lib/api/vouchersx-errors.ts';
import { problemResponse } from '../../lib/relay/model/http-response.ts';

import { ACCOUNT, NOW } from '../support/relay/samples.ts';
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

describe('the member `error`', () => {
  const ask = async (headers: Record<string, string>) =>
    (await (await createWorld()).ask(plainRequest({ path: '/api/links/job_x', headers }))).json;

  it.each([
    ['no signature', { 'x-partner-slug': 'acme' }, 'signature_missing', 'missing_signature'],
    ['no slug', { 'x-signature': `t=1800000000,v1=${'a'.repeat(64)}` }, 'signature_missing', 'missing_partner_slug'],
    ['no slug, and a space', { 'x-signature': 't=1, v1=a' }, 'signature_missing', 'missing_partner_slug'],
    [
      'a malformed signature',
      { 'x-partner-slug': 'acme', 'x-signature': 't=1' },
      'request_malformed',
      'invalid_signature_format',
    ],
  ])('has the words of VouchersX for %s', async (_what, headers, code, error) => {
    expect(await ask(headers)).toMatchObject({ code, error });
  });

  it('has the words of VouchersX for refusals of the signature, the same for an unknown slug as for a wrong secret', async () => {
    const world = await createWorld();
    const partner = await world.makePartner(ACCOUNT.accountId, 'vouchersx');
    const request = plainRequest({ method: 'POST', path: '/api/links/fetch', body: Buffer.from('{}') });
    const errorOf = async (...signing: [Partial<typeof partner>, object]) =>
      (await world.ask(world.signed(request, { ...partner, ...signing[0] }, signing[1]))).json.error;
    expect(await errorOf({}, { timestampMs: NOW - 400_000 })).toBe('signature_expired');
    expect(await errorOf({ secret: 'sk_other' }, {})).toBe('invalid_signature');
    expect(await errorOf({}, { keyId: 'nobody' })).toBe('invalid_signature');
    expect(await errorOf({}, {})).toBe('validation_failed');
    expect((await world.ask(world.signed({ ...request, body: Buffer.alloc(0) }, partner))).json.error).toBe(
      'forbidden',
    );
    await world.putAccount({ ...ACCOUNT, state: 'suspended' });
    expect(await errorOf({}, {})).toBe('partner_disabled');
  });

  it('is absent for callers of other schemes', async () => {
    for (const headers of [{ 'x-link-peeler-key': 'acme' }, {}, { 'x-signet-key': 'k', 'x-signature': 't=1,v1=a' }])
      expect(await ask(headers as Record<string, string>)).not.toHaveProperty('error');
  });

  it('is documented code by code', () => {
    const [table = ''] =
      /(?:^\| `missing_partner_slug`.*\n)(?:^\|.*\n)*/m.exec(readFileSync('docs/reference.md', 'utf8')) ?? [];
    const rows = [...table.matchAll(/^\| `(\w+)` \| `(\w+)` \|/gm)].map(([, error, code]) => [error, code]);
    const expected = Object.entries(VOUCHERSX_ERRORS).map(([code, error]) => [error, code]);
    expect(rows).toEqual([[MISSING_PARTNER_SLUG, 'signature_missing'], ...expected]);
  });
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
