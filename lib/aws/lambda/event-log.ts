// The event log on Powertools: one JSON line and one counted metric (EMF) per outcome.
import type { Logger } from '@aws-lambda-powertools/logger';
import { type Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { LogEvent, LogEventName } from '../../relay/model/log-events.ts';
import type { EventLog } from '../../relay/model/ports.ts';

/** Events that an operator should look at, even when they are rare. */
const WARNINGS: ReadonlySet<LogEventName> = new Set(['pointer.dropped', 'delivery.dropped', 'dependency.failed']);

/** A pointer that outlives its job is normal, and is dropped every day. */
const isNormal = (event: LogEvent) => event.event === 'pointer.dropped' && event.why === 'ended';

/**
 * Returns the event log. Its metrics have no account or endpoint dimension: each value would be a metric to pay for.
 */
export function createEventLog(logger: Logger, metrics: Metrics): EventLog {
  return {
    record(outcome) {
      const { event, ...details } = outcome;
      logger[WARNINGS.has(event) && !isNormal(outcome) ? 'warn' : 'info'](event, details);
      metrics.addMetric(event, MetricUnit.Count, 1);
    },
  };
}
