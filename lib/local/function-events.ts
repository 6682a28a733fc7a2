// What the functions log, read back as events, so that the demo can tell what happens when it happens.
import type { LogEventName } from '../relay/log-events.ts';
import { createHistory } from './history.ts';

export type LoggedEvent = Readonly<Record<string, unknown>>;

export interface FunctionEvents {
  /** Takes one line that a function printed. */
  read(line: string): void;
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
    waitFor(name, fields, timeoutMs) {
      const wanted = Object.entries({ ...fields, message: name });
      return history.waitFor((event) => wanted.every(([key, value]) => event[key] === value), timeoutMs);
    },
  };
}

function parseObject(line: string): LoggedEvent | undefined {
  try {
    const value = JSON.parse(line);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
