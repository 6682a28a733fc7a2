// The check that all tests’ answers pass: it lets through what is described, and finds what is not.
import { describe, expect, it } from 'vitest';
import { createInspection } from '../../support/relay/described-answers.ts';
import { document, exampleOf } from '../../support/relay/open-api-document.ts';

describe('an answer that is not described is found', () => {
  const inspect = createInspection(document);
  const asked = { method: 'POST', path: '/api/links/cancel' };
  const job = exampleOf('cancelLink');
  const json = { 'content-type': 'application/json' };
  const problemJson = { 'content-type': 'application/problem+json' };
  const problem = (code: string) => JSON.stringify(document.components.examples[code].value);

  it.each([
    ['as it is', true, asked, { status: 200, headers: json, text: JSON.stringify(job) }],
    ['with a field more', false, asked, { status: 200, headers: json, text: JSON.stringify({ ...job, more: 1 }) }],
    [
      'with a field less',
      false,
      asked,
      { status: 200, headers: json, text: JSON.stringify({ ...job, state: undefined }) },
    ],
    [
      'with another state',
      false,
      asked,
      { status: 200, headers: json, text: JSON.stringify({ ...job, state: 'asleep' }) },
    ],
    ['with another status', false, asked, { status: 201, headers: json, text: JSON.stringify(job) }],
    ['of another media type', false, asked, { status: 200, headers: problemJson, text: JSON.stringify(job) }],
    ['with a header more', false, asked, { status: 200, headers: { ...json, etag: '1' }, text: JSON.stringify(job) }],
    [
      'without the header that it has',
      false,
      { ...asked, path: '/api/links/fetch' },
      { status: 202, headers: json, text: JSON.stringify(job) },
    ],
    ['a refusal of this route', true, asked, { status: 409, headers: problemJson, text: problem('job_finished') }],
    ['a refusal of another route', false, asked, { status: 409, headers: problemJson, text: problem('lease_lost') }],
    [
      'one without its Retry-After',
      false,
      asked,
      { status: 409, headers: problemJson, text: problem('nonce_replayed') },
    ],
    [
      'an exhausted quota without its RateLimit',
      false,
      { ...asked, path: '/api/links/fetch' },
      { status: 429, headers: { ...problemJson, 'retry-after': '1' }, text: problem('quota_exceeded') },
    ],
    [
      'a batch as it is',
      true,
      { ...asked, path: '/api/links/fetch/batch' },
      { status: 200, headers: json, text: JSON.stringify(exampleOf('submitBatch')) },
    ],
    [
      'a batch with a field more in an item',
      false,
      { ...asked, path: '/api/links/fetch/batch' },
      { status: 200, headers: json, text: JSON.stringify({ items: [{ status: 200, job, more: 1 }] }) },
    ],
    [
      'a timeline with an event of another kind',
      false,
      { method: 'GET', path: `/api/links/${job.jobId}/timeline` },
      { status: 200, headers: json, text: JSON.stringify({ events: [{ type: 'slept', at: job.createdAt }] }) },
    ],
    [
      'no such route',
      true,
      { ...asked, path: '/api' },
      { status: 404, headers: problemJson, text: problem('not_found') },
    ],
    [
      'a refusal of no route',
      false,
      { ...asked, path: '/api' },
      { status: 409, headers: problemJson, text: problem('job_finished') },
    ],
  ])('%s: %s', (_, isDescribed, request, answer) => {
    expect(inspect(request, answer).length === 0).toBe(isDescribed);
  });
});
