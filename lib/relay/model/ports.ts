// The ports: what the relay needs from the outside world. Every method that returns a promise may throw DependencyUnavailable.
import type { LogEvent } from './log-events.ts';

export type * from './ports/agents.ts';
export type * from './ports/deliveries.ts';
export type * from './ports/jobs.ts';
export type * from './ports/keys.ts';
export type * from './ports/queue-depths.ts';
export type * from './ports/quota.ts';

/** Thrown when a service behind the relay failed or did not answer. The caller may retry. */
export class DependencyUnavailable extends Error {
  constructor(dependency: string, options: { cause: unknown }) {
    super(`${dependency} did not answer as it should`, options);
    this.name = 'DependencyUnavailable';
  }
}

/** Returns the current time in epoch milliseconds. */
export type Clock = () => number;

/** The structured log of outcomes. */
export interface EventLog {
  /** Writes one line. Never pass a secret, a signature or a body. */
  record(event: LogEvent): void;
}
