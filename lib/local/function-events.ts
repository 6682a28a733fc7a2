// What the functions log, read back as events, so that the demo can tell what happens when it happens.
import type { LogEventName } from '../relay/model/log-events.ts';
import { createHistory } from './history.ts';

export type LoggedEvent = Readonly<Record<string, unknown>>;

export interface FunctionEvents {
  /** Takes one line that a function printed. */
  read(line: string): void;
  /** True when one with these fields is among the newest. */
  has(name: LogEventName, fields: LoggedEvent): boolean;
  /** The first event of that name with these fields, past or coming; undefined after `timeoutMs`. */
  waitFor(name: LogEventName, fields: LoggedEvent, timeoutMs: number): Promise<LoggedEvent | undefined>;
}

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
  const wanted = Object.entries({ ...fields, message: name });
  return (event) => wanted.every(([key, value]) => event[key] === value);
}

function parseObject(line: string): LoggedEvent | undefined {
  try {
    const value = JSON.parse(line);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
