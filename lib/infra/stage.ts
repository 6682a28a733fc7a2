// The stage: which of several relays in one account this is. Queue names contain it, so its alphabet is small.

const STAGE = /^[a-z0-9]{1,12}$/;

/**
 * Returns the stage from a prop or from `-c stage=…`.
 * @throws Error if it is not 1–12 lower-case letters or digits. The message says how to set it.
 */
export function parseStage(text: unknown): string {
  if (typeof text === 'string' && STAGE.test(text)) return text;
  throw new Error(
    `The stage must be 1–12 lower-case letters or digits, like dev or prod2, but it is ${JSON.stringify(text)}. ` +
      'It becomes part of queue names. Set it with -c stage=… or with the stage prop.',
  );
}

/** Returns true for `prod`, `prod2`, `production` and the like, whose data outlives the stack. */
export function isProduction(stage: string): boolean {
  return stage.startsWith('prod');
}
