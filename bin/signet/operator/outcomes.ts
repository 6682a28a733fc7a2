// From an operation's outcome to what is shown of it.
import type { Outcome } from '../../../lib/relay/operator/outcome.ts';

/** The view of what was done; a refusal stays as it is. */
export async function show<T, V>(pending: Promise<Outcome<T>>, view: (value: T) => V): Promise<Outcome<V>> {
  const outcome = await pending;
  return outcome.ok ? { ok: true, value: view(outcome.value) } : outcome;
}
