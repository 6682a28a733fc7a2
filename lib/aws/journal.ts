// The journal on Powertools: one JSON line and one counted metric (EMF) per outcome.
import type { Logger } from '@aws-lambda-powertools/logger';
import { type Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { LogEvent, LogEventName } from '../relay/log-events.ts';
import type { Journal } from '../relay/ports.ts';

/** What an operator should look at, however seldom it happens. */
const WARNINGS: ReadonlySet<LogEventName> = new Set(['pointer.dropped', 'delivery.dropped', 'dependency.failed']);

/** Metrics carry no account and no endpoint: every dimension value would be a metric of its own, and be paid for. */
export function createJournal(logger: Logger, metrics: Metrics): Journal {
  return {
    record({ event, ...details }: LogEvent) {
      logger[WARNINGS.has(event) ? 'warn' : 'info'](event, details);
      metrics.addMetric(event, MetricUnit.Count, 1);
    },
  };
}
