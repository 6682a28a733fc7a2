// What the library says of a bad value is said to the user who gave it.
import { UsageError } from './usage-error.ts';

/** @throws UsageError with the words of whatever `make` throws. */
export function asUsage<T>(make: () => T): T {
  try {
    return make();
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}
