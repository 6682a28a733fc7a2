// What the user can mend, in the user's words. Never holds a secret.

export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** @throws UsageError with the words of whatever `make` throws. */
export function asUsage<T>(make: () => T): T {
  try {
    return make();
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}
