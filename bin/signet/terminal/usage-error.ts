// What the user can mend, in the user's words. Never holds a secret.
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
