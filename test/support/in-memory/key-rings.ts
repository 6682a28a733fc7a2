// A key ring in memory, with a service in front of it that can be made to fail.
import { appendMaster, formatKeyRing, type KeyRing, parseKeyRing } from '../../../lib/relay/model/key-ring.ts';
import { DependencyUnavailable, type KeyRingKeeper } from '../../../lib/relay/model/ports.ts';

export interface InMemoryKeyRings extends KeyRingKeeper {
  store(text: string): void;
  fail(): void;
}

export function createInMemoryKeyRings(text: string): InMemoryKeyRings {
  let stored: string | undefined = text;
  let kept: KeyRing | undefined;
  let revision = 1;
  const store = (newText: string) => {
    stored = newText;
    revision += 1;
  };
  const failure = () => new DependencyUnavailable('Secrets Manager', { cause: new Error('it was made to fail') });
  return {
    store,
    fail() {
      stored = undefined;
    },
    async read() {
      if (stored !== undefined) kept = parseKeyRing(stored);
      if (!kept) throw failure();
      return kept;
    },
    async readCurrent() {
      if (stored === undefined) throw failure();
      return { ring: parseKeyRing(stored), revision: String(revision) };
    },
    async append(read, master) {
      if (stored === undefined) throw failure();
      if (read.revision !== String(revision)) return false;
      store(formatKeyRing(appendMaster(read.ring, master)));
      return true;
    },
  };
}
