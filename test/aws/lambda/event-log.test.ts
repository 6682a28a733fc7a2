// The event log: one line and one counted metric per outcome, and no metric per tenant.
import type { Logger } from '@aws-lambda-powertools/logger';
import type { Metrics } from '@aws-lambda-powertools/metrics';
import { expect, it } from 'vitest';
import { createEventLog } from '../../../lib/aws/lambda/event-log.ts';

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
