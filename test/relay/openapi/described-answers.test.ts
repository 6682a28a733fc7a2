// The inspection that checks every answer in the tests: it accepts described answers and finds the others.
import { describe, expect, it } from 'vitest';
import { createInspection } from '../../support/relay/described-answers.ts';
import { document, exampleOf } from '../../support/relay/open-api-document.ts';

describe('the inspection of an answer', () => {
  const inspect = createInspection(document);
  const request = { method: 'POST', path: '/api/links/cancel' };
  const job = exampleOf('cancelLink');
  const json = { 'content-type': 'application/json' };
  const problemJson = { 'content-type': 'application/problem+json' };
  const problem = (code: string) => JSON.stringify(document.components.examples[code].value);

  it.each([
    ['a described answer', true, request, { status: 200, headers: json, text: JSON.stringify(job) }],
    ['an additional field', false, request, { status: 200, headers: json, text: JSON.stringify({ ...job, more: 1 }) }],
    [
      'a missing field',
      false,
      request,
      { status: 200, headers: json, text: JSON.stringify({ ...job, state: undefined }) },
    ],
    [
      'an unknown state',
      false,
      request,
      { status: 200, headers: json, text: JSON.stringify({ ...job, state: 'asleep' }) },
    ],
    ['another status', false, request, { status: 201, headers: json, text: JSON.stringify(job) }],
    ['another media type', false, request, { status: 200, headers: problemJson, text: JSON.stringify(job) }],
    [
      'an additional header',
      false,
      request,
      { status: 200, headers: { ...json, etag: '1' }, text: JSON.stringify(job) },
    ],
    [
      'a missing header',
      false,
      { ...request, path: '/api/links/fetch' },
      { status: 202, headers: json, text: JSON.stringify(job) },
    ],
    ['a problem of the route', true, request, { status: 409, headers: problemJson, text: problem('job_finished') }],
    ['a problem of another route', false, request, { status: 409, headers: problemJson, text: problem('lease_lost') }],
    [
      'a problem without its Retry-After',
      false,
      request,
      { status: 409, headers: problemJson, text: problem('nonce_replayed') },
    ],
    [
      'a used-up quota without RateLimit',
      false,
      { ...request, path: '/api/links/fetch' },
      { status: 429, headers: { ...problemJson, 'retry-after': '1' }, text: problem('quota_exceeded') },
    ],
    [
      'a described batch',
      true,
      { ...request, path: '/api/links/fetch/batch' },
      { status: 200, headers: json, text: JSON.stringify(exampleOf('submitBatch')) },
    ],
    [
      'an additional field in an item of a batch',
      false,
      { ...request, path: '/api/links/fetch/batch' },
      { status: 200, headers: json, text: JSON.stringify({ items: [{ status: 200, job, more: 1 }] }) },
    ],
    [
      'an unknown event of a timeline',
      false,
      { method: 'GET', path: `/api/links/${job.jobId}/timeline` },
      { status: 200, headers: json, text: JSON.stringify({ events: [{ type: 'slept', at: job.createdAt }] }) },
    ],
    [
      'not_found for an unknown route',
      true,
      { ...request, path: '/api' },
      { status: 404, headers: problemJson, text: problem('not_found') },
    ],
    [
      'another problem for an unknown route',
      false,
      { ...request, path: '/api' },
      { status: 409, headers: problemJson, text: problem('job_finished') },
    ],
  ])('for %s accepts it: %s', (_, isDescribed, asked, answer) => {
    expect(inspect(asked, answer).length === 0).toBe(isDescribed);
  });
});
