// Runs calls at the same time and waits for all of them, so that a failure of one leaves no other half done.

/** The values of the calls that succeeded, in the order of the items, and the error of the first item that failed. */
export interface Settled<R> {
  readonly values: readonly R[];
  readonly failure: { readonly error: unknown } | undefined;
}

/** Calls `act` for every item at the same time and waits until all have ended. Never rejects. For short lists. */
export async function settleAll<T, R>(items: readonly T[], act: (item: T) => Promise<R>): Promise<Settled<R>> {
  const outcomes = await Promise.allSettled(items.map(act));
  const failed = outcomes.find(({ status }) => status === 'rejected');
  return {
    values: outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : [])),
    failure: failed?.status === 'rejected' ? { error: failed.reason } : undefined,
  };
}
