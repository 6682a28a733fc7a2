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
 * The bytes of JSON that one field of a line may have. A sender chooses some fields, such as the path of a request, and
 * every byte of a log is paid for. An event has at most seven text fields.
 */
const FIELD_BYTES = 256;

/** Returns the fields with long texts cut. A cut text ends with an ellipsis. */
function boundFields<T extends object>(fields: T): T {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, boundField(value)])) as T;
}

function boundField(value: unknown): unknown {
  if (typeof value !== 'string' || jsonBytes(value) <= FIELD_BYTES) return value;
  // The characters before the limit are enough: each has at least one byte.
  const characters = [...value.slice(0, FIELD_BYTES)];
  let bytes = jsonBytes('…');
  const end = characters.findIndex((character) => {
    bytes += jsonBytes(character) - 2;
    return bytes > FIELD_BYTES;
  });
  return `${characters.slice(0, end === -1 ? undefined : end).join('')}…`;
}

/** Returns the bytes of a text in a line of JSON: its quotes and escapes included. */
function jsonBytes(text: string): number {
  return Buffer.byteLength(JSON.stringify(text));
}

/**
 * Returns the event log. It bounds every field, so that a sender cannot make a line long. Its metrics have no account or endpoint dimension: each value would be a metric to pay for.
 */
export function createEventLog(logger: Logger, metrics: Metrics): EventLog {
  return {
    record(outcome) {
      const { event, ...details } = outcome;
      logger[WARNINGS.has(event) && !isNormal(outcome) ? 'warn' : 'info'](event, boundFields(details));
      metrics.addMetric(event, MetricUnit.Count, 1);
    },
  };
}
