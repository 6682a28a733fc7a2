// What our log says of something that was thrown: names and messages of our own, never what came from outside.
import type { Refusal } from './http-response.ts';
import { DependencyUnavailable } from './ports.ts';

export function describeFailure(error: unknown): string {
  if (!(error instanceof Error)) return 'something was thrown that is no error';
  const cause = error.cause instanceof Error ? `: ${error.cause.name}` : '';
  return `${error.name}: ${error.message}${cause}`;
}

export function refuseForFailure(error: unknown): Refusal {
  const reason = describeFailure(error);
  if (!(error instanceof DependencyUnavailable)) return { problem: 'internal_error', reason };
  return { problem: 'dependency_unavailable', reason, headers: { 'retry-after': '1' } };
}
