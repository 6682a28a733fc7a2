// Reads the outcomes of operator functions.
import type { OperatorRefusalCode, Outcome } from '../../../lib/relay/operator/outcome.ts';

/**
 * Returns the value of an outcome.
 * @throws Error with the refusal, which fails the test.
 */
export function granted<T>(outcome: Outcome<T>): T {
  if (!outcome.ok) throw new Error(`${outcome.code}: ${outcome.message}`);
  return outcome.value;
}

/** Returns the code of a refusal, or undefined when the outcome is no refusal. */
export function refusalOf(outcome: Outcome<unknown>): OperatorRefusalCode | undefined {
  return outcome.ok ? undefined : outcome.code;
}
