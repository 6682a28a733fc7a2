// Calls to AWS: whatever the SDK gives up on becomes DependencyUnavailable, except answers that are part of our protocol.
import { ConditionalCheckFailedException, TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { DependencyUnavailable } from '../../relay/model/ports.ts';

/** Runs one SDK call. A failed condition passes through as it is: it is an answer, not a failure. */
export async function callDependency<T>(dependency: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException || hasFailedCondition(error)) throw error;
    throw new DependencyUnavailable(dependency, { cause: error });
  }
}

/** A transaction is also canceled by another one at the same time, or by throttling: those are failures, to be tried again. */
function hasFailedCondition(error: unknown): boolean {
  const reasons = error instanceof TransactionCanceledException ? (error.CancellationReasons ?? []) : [];
  return reasons.some(({ Code }) => Code === 'ConditionalCheckFailed');
}
