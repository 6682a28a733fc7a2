// When each version of a key was last used, to the hour: it says when the old secret of a rotation can go.

import type { ResolvedKey } from '../keys/resolve-key.ts';
import { describeFailure } from '../model/describe-failure.ts';
import type { Clock, EventLog, KeyUses } from '../model/ports.ts';
import { TUNING } from '../model/tuning.ts';

export interface NoteKeyUsePorts {
  /** Absent in functions that no partner calls. */
  readonly keyUses?: KeyUses | undefined;
  readonly eventLog: EventLog;
  readonly clock: Clock;
}

/** What this process has written or tried to write, by key and version: the row in the cache may be older. */
export type NotedUses = Map<string, number>;

const CAPACITY = 1_000;

/** For a request that is proven genuine and new. At most one write an hour for each version, and it never fails a request. */
export async function noteKeyUse(
  { keyUses, eventLog, clock }: NoteKeyUsePorts,
  noted: NotedUses,
  { key, fittingKey }: { readonly key: ResolvedKey; readonly fittingKey: ResolvedKey['material'][number] },
): Promise<void> {
  const version = key.versions[key.material.indexOf(fittingKey)];
  if (!keyUses || version === undefined || key.record.kind !== 'partner') return;
  const nowMs = clock();
  const before = nowMs - TUNING.keyUseWriteSeconds * 1000;
  const name = `${key.keyId}#${version}`;
  const last = Math.max(noted.get(name) ?? 0, key.record.lastUsedAt?.[version] ?? 0);
  if (last > before) return;
  remember(noted, name, nowMs);
  try {
    await keyUses.record({ keyId: key.keyId, version, nowMs }, before);
  } catch (error) {
    eventLog.record({ event: 'dependency.failed', where: 'last use of a key', reason: describeFailure(error) });
  }
}

function remember(noted: NotedUses, name: string, nowMs: number): void {
  noted.delete(name);
  noted.set(name, nowMs);
  const [oldest] = noted.keys();
  if (noted.size > CAPACITY && oldest !== undefined) noted.delete(oldest);
}
