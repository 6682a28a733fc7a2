// What a caller is told of a failure of our own: that it may try again, and nothing of what failed.
import { describeFailure } from './describe-failure.ts';
import type { Refusal } from './http-response.ts';
import { DependencyUnavailable } from './ports.ts';

export function refuseForFailure(error: unknown): Refusal {
  const reason = describeFailure(error);
  if (!(error instanceof DependencyUnavailable)) return { problem: 'internal_error', reason };
  return { problem: 'dependency_unavailable', reason, headers: { 'retry-after': '1' } };
}
