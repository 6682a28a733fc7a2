// What an operator's tool gave, for tests that are about something else than its refusals.
import type { OperatorRefusalCode, Outcome } from '../../../lib/relay/operator/outcome.ts';

/** @throws Error with the refusal, which fails the test. */
export function granted<T>(outcome: Outcome<T>): T {
  if (!outcome.ok) throw new Error(`${outcome.code}: ${outcome.message}`);
  return outcome.value;
}

/** The code of a refusal; undefined when there was none. */
export function refusalOf(outcome: Outcome<unknown>): OperatorRefusalCode | undefined {
  return outcome.ok ? undefined : outcome.code;
}
