// Turns the outcome of an operation into what is printed of it.
import type { Outcome } from '../../../lib/relay/operator/outcome.ts';

/** Returns the view of the value. A refusal is returned as it is. */
export async function show<T, V>(pending: Promise<Outcome<T>>, view: (value: T) => V): Promise<Outcome<V>> {
  const outcome = await pending;
  return outcome.ok ? { ok: true, value: view(outcome.value) } : outcome;
}
