// The functions' log lines as events, so that the demo can report each step when it happens.
import type { LogEventName } from '../relay/model/log-events.ts';
import { createHistory } from './history.ts';

/** The fields of one log line. */
export type LoggedEvent = Readonly<Record<string, unknown>>;

/** The newest events. */
export interface FunctionEvents {
  /** Reads one line that a function printed. A line that is not JSON is ignored. */
  read(line: string): void;
  /** Returns whether an event with these fields is among the newest. */
  has(name: LogEventName, fields: LoggedEvent): boolean;
  /**
   * Resolves with the first event of that name with these fields, past or future, or with undefined after `timeoutMs`.
   */
  waitFor(name: LogEventName, fields: LoggedEvent, timeoutMs: number): Promise<LoggedEvent | undefined>;
}

/** Returns a collection without events. */
export function collectFunctionEvents(): FunctionEvents {
  const history = createHistory<LoggedEvent>(1_000);
  return {
    read(line) {
      const event = parseObject(line);
      if (event) history.add(event);
    },
    has: (name, fields) => history.all().some(isLike(name, fields)),
    waitFor: (name, fields, timeoutMs) => history.waitFor(isLike(name, fields), timeoutMs),
  };
}

function isLike(name: LogEventName, fields: LoggedEvent): (event: LoggedEvent) => boolean {
  const expected = Object.entries({ ...fields, message: name });
  return (event) => expected.every(([key, value]) => event[key] === value);
}

function parseObject(line: string): LoggedEvent | undefined {
  try {
    const value = JSON.parse(line);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
