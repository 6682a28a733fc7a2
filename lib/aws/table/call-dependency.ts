// Calls to AWS: a failed call becomes DependencyUnavailable, and a failed condition passes through unchanged.
import { ConditionalCheckFailedException, TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { DependencyUnavailable } from '../../relay/model/ports.ts';

/**
 * Runs one SDK call and returns its answer. A failed condition is an answer, not a failure, so its error passes
 * through.
 * @throws ConditionalCheckFailedException or TransactionCanceledException when a condition was not met.
 * @throws DependencyUnavailable for every other error of the SDK.
 */
export async function callDependency<T>(dependency: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException || hasFailedCondition(error)) throw error;
    throw new DependencyUnavailable(dependency, { cause: error });
  }
}

/**
 * A transaction is also canceled when it meets another one or a throttle. Those are failures, and a retry may succeed.
 */
function hasFailedCondition(error: unknown): boolean {
  const reasons = error instanceof TransactionCanceledException ? (error.CancellationReasons ?? []) : [];
  return reasons.some(({ Code }) => Code === 'ConditionalCheckFailed');
}
