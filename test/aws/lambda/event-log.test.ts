// The event log: one line and one counted metric per outcome, and no metric per tenant.
import type { Logger } from '@aws-lambda-powertools/logger';
import type { Metrics } from '@aws-lambda-powertools/metrics';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createEventLog } from '../../../lib/aws/lambda/event-log.ts';
import type { LogEvent } from '../../../lib/relay/model/log-events.ts';
import { createWorld, plainRequest, withHeaders } from '../../support/relay/world.ts';

function recorded() {
  const lines: unknown[] = [];
  const metrics: unknown[] = [];
  const logger = {
    info: (...line: unknown[]) => lines.push(['info', ...line]),
    warn: (...line: unknown[]) => lines.push(['warn', ...line]),
  };
  const counter = { addMetric: (...metric: unknown[]) => metrics.push(metric) };
  return { lines, metrics, eventLog: createEventLog(logger as unknown as Logger, counter as unknown as Metrics) };
}

it('writes the event with its details, and counts it by its name only', () => {
  const { lines, metrics, eventLog } = recorded();
  eventLog.record({ event: 'job.repeated', accountId: 'acme', jobId: 'job_1' });
  expect(lines).toEqual([['info', 'job.repeated', { accountId: 'acme', jobId: 'job_1' }]]);
  expect(metrics).toEqual([['job.repeated', 'Count', 1]]);
});

it('logs a pointer that outlived its job without a warning', () => {
  const { lines, eventLog } = recorded();
  eventLog.record({ event: 'pointer.dropped', accountId: 'acme', jobId: 'job_1', why: 'ended' });
  expect(lines).toMatchObject([['info', 'pointer.dropped', { why: 'ended' }]]);
});

it.each([
  { event: 'pointer.dropped', accountId: 'acme', why: 'malformed' },
  { event: 'delivery.dropped', accountId: 'acme', endpointId: 'e', eventId: 'v', why: 'endpoint unknown' },
  { event: 'dependency.failed', where: 'sweep', reason: 'SQS did not answer' },
] as const)('logs $event as a warning', (event) => {
  const { lines, eventLog } = recorded();
  eventLog.record(event);
  expect(lines).toMatchObject([['warn', event.event, {}]]);
});

describe('a line stays under 2 KB', () => {
  const bytesOf = (line: unknown) => Buffer.byteLength(JSON.stringify(line));

  it.each([
    ['a long path', { path: `/${'a'.repeat(7_900)}` }],
    ['a long path of other characters', { path: `/${'\u0000😀"'.repeat(2_000)}` }],
    ['a long method', { method: 'M'.repeat(7_900) }],
    ['a long path of a job', { path: `/api/links/${'a'.repeat(7_900)}` }],
    [
      'a long component',
      { path: '/api/quota', headers: { 'signature-input': `sig=("${'a'.repeat(7_000)}");tag="signet"` } },
    ],
    [
      'a long key id',
      { path: '/api/quota', headers: { 'x-partner-slug': 'a'.repeat(7_000), 'x-signature': `t=${'1'.repeat(7_000)}` } },
    ],
  ])('when a stranger sends %s', async (_what, request) => {
    const { lines, eventLog } = recorded();
    const world = await createWorld();
    expect(
      (await world.askProcess({ ...world.ports, eventLog: eventLog as never })(plainRequest(request))).status,
    ).toBeGreaterThan(399);
    expect(lines).toHaveLength(1);
    expect(bytesOf(lines[0])).toBeLessThan(1_000);
  });

  it('when a partner sends a body with many unknown fields', async () => {
    const { lines, eventLog } = recorded();
    const world = await createWorld();
    const body = Buffer.from(
      JSON.stringify(Object.fromEntries(Array.from({ length: 99 }, (_, at) => [`${at}é`.repeat(99), 1]))),
    );
    const request = plainRequest({ method: 'POST', path: '/api/links/fetch', body });
    await world.askProcess({ ...world.ports, eventLog: eventLog as never })(withHeaders(world.signed(request), {}));
    expect(lines.filter((line) => bytesOf(line) > 1_000)).toEqual([]);
  });

  it('whatever its fields hold, and short fields are unchanged', () => {
    const text = fc.string({ unit: 'binary', maxLength: 3_000 });
    fc.assert(
      fc.property(text, text, (first, second) => {
        const { lines, eventLog } = recorded();
        const fields = {
          requestId: first,
          route: second,
          problem: first,
          reason: second,
          keyId: first,
          suspicion: second,
        };
        eventLog.record({ event: 'request.refused', ...fields } as LogEvent);
        expect(bytesOf(lines[0])).toBeLessThan(2_000);
        const [, , logged] = lines[0] as [string, string, Record<string, string>];
        for (const [name, value] of Object.entries(fields)) {
          if (bytesOf(value) <= 256) expect(logged[name]).toBe(value);
          else expect(value.startsWith((logged[name] ?? '').slice(0, -1))).toBe(true);
          expect((logged[name] ?? '').isWellFormed()).toBe(value.isWellFormed());
        }
      }),
    );
  });
});
