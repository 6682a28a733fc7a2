// The port KeyRingKeeper in memory. A test can make it fail.
import { appendMaster, formatKeyRing, type KeyRing, parseKeyRing } from '../../../lib/relay/model/key-ring.ts';
import { DependencyUnavailable, type KeyRingKeeper } from '../../../lib/relay/model/ports.ts';

/** A key ring in memory. */
export interface InMemoryKeyRings extends KeyRingKeeper {
  /** Replaces the stored form of the ring. */
  store(text: string): void;
  /** Makes every read of the stored ring fail from now on. */
  fail(): void;
}

/** Returns a keeper of the ring whose stored form is `text`. */
export function createInMemoryKeyRings(text: string): InMemoryKeyRings {
  let stored: string | undefined = text;
  let cached: KeyRing | undefined;
  let revision = 1;
  const store = (newText: string) => {
    stored = newText;
    revision += 1;
  };
  const failure = () => new DependencyUnavailable('Secrets Manager', { cause: new Error('the test made it fail') });
  return {
    store,
    fail() {
      stored = undefined;
    },
    async read() {
      if (stored !== undefined) cached = parseKeyRing(stored);
      if (!cached) throw failure();
      return cached;
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
