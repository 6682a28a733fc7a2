// Lets a run go on when one of its steps fails.

import { describeFailure } from '../model/describe-failure.ts';
import type { EventLog } from '../model/ports.ts';

/** Returns the result of `act`. If it throws, logs the failure and returns the fallback. */
export async function withFallback<T>(
  { eventLog }: { readonly eventLog: EventLog },
  act: () => Promise<T>,
  fallback: T,
): Promise<T> {
  try {
    return await act();
  } catch (error) {
    eventLog.record({ event: 'dependency.failed', where: 'sweep', reason: describeFailure(error) });
    return fallback;
  }
}
