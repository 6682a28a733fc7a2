// A key ring in memory, with a service in front of it that can be made to fail.
import { type KeyRing, parseKeyRing } from '../../../lib/relay/key-ring.ts';
import { DependencyUnavailable, type KeyRings } from '../../../lib/relay/ports.ts';

export interface InMemoryKeyRings extends KeyRings {
  store(text: string): void;
  fail(): void;
}

export function createInMemoryKeyRings(text: string): InMemoryKeyRings {
  let stored: string | undefined = text;
  let kept: KeyRing | undefined;
  return {
    store(newText) {
      stored = newText;
    },
    fail() {
      stored = undefined;
    },
    async read() {
      if (stored !== undefined) kept = parseKeyRing(stored);
      if (!kept) throw new DependencyUnavailable('Secrets Manager', { cause: new Error('it was made to fail') });
      return kept;
    },
  };
}
