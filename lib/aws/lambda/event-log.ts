// The eventLog on Powertools: one JSON line and one counted metric (EMF) per outcome.
import type { Logger } from '@aws-lambda-powertools/logger';
import { type Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { LogEvent, LogEventName } from '../../relay/model/log-events.ts';
import type { EventLog } from '../../relay/model/ports.ts';

/** What an operator should look at, however seldom it happens. */
const WARNINGS: ReadonlySet<LogEventName> = new Set(['pointer.dropped', 'delivery.dropped', 'dependency.failed']);

/** A message that outlived its job, whoever ended it, is cleared away every day. */
const isNormal = (event: LogEvent) => event.event === 'pointer.dropped' && event.why === 'ended';

/** Metrics carry no account and no endpoint: every dimension value would be a metric of its own, and be paid for. */
export function createEventLog(logger: Logger, metrics: Metrics): EventLog {
  return {
    record(outcome) {
      const { event, ...details } = outcome;
      logger[WARNINGS.has(event) && !isNormal(outcome) ? 'warn' : 'info'](event, details);
      metrics.addMetric(event, MetricUnit.Count, 1);
    },
  };
}
