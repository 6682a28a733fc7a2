// Turns thrown errors into text for the log and into refusals, without quoting a foreign error's message.
import type { Refusal } from './http-response.ts';
import { DependencyUnavailable } from './ports.ts';

/**
 * Returns a line for the log: the error's name and message, and only the name of its cause. The cause may come from
 * outside, so its message is left out.
 */
export function describeFailure(error: unknown): string {
  if (!(error instanceof Error)) return 'a value that is not an Error was thrown';
  const cause = error.cause instanceof Error ? `: ${error.cause.name}` : '';
  return `${error.name}: ${error.message}${cause}`;
}

/** Returns the refusal for a thrown error: `dependency_unavailable` for a failed service, else `internal_error`. */
export function refuseForFailure(error: unknown): Refusal {
  const reason = describeFailure(error);
  if (!(error instanceof DependencyUnavailable)) return { problem: 'internal_error', reason };
  return { problem: 'dependency_unavailable', reason, headers: { 'retry-after': '1' } };
}
