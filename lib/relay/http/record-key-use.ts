// Records when each version of a key was last used, to the hour. It shows when the old secret of a rotation can be retired.

import type { ResolvedKey } from '../keys/resolve-key.ts';
import { describeFailure } from '../model/describe-failure.ts';
import type { Clock, EventLog, KeyUses } from '../model/ports.ts';
import { TUNING } from '../model/tuning.ts';

/** The ports that recording a use needs. */
export interface KeyUsePorts {
  /** Absent in functions that no partner calls. */
  readonly keyUses?: KeyUses | undefined;
  readonly eventLog: EventLog;
  readonly clock: Clock;
}

/**
 * The uses that this process has recorded or tried to record: epoch milliseconds by key id and version. The cached row of
 * the key may not show them yet.
 */
export type RecordedUses = Map<string, number>;

const CAPACITY = 1_000;

/**
 * Records the use of the key version that verified a request. Call it only for a request that is genuine and new. Writes
 * at most once an hour for each version. Never throws: a failed write is logged.
 */
export async function recordKeyUse(
  { keyUses, eventLog, clock }: KeyUsePorts,
  recorded: RecordedUses,
  { key, fittingKey }: { readonly key: ResolvedKey; readonly fittingKey: ResolvedKey['material'][number] },
): Promise<void> {
  const version = key.versions[key.material.indexOf(fittingKey)];
  if (!keyUses || version === undefined || key.record.kind !== 'partner') return;
  const nowMs = clock();
  const before = nowMs - TUNING.keyUseWriteSeconds * 1000;
  const name = `${key.keyId}#${version}`;
  const lastUse = Math.max(recorded.get(name) ?? 0, key.record.lastUsedAt?.[version] ?? 0);
  if (lastUse > before) return;
  remember(recorded, name, nowMs);
  try {
    await keyUses.record({ keyId: key.keyId, version, nowMs }, before);
  } catch (error) {
    eventLog.record({ event: 'dependency.failed', where: 'last use of a key', reason: describeFailure(error) });
  }
}

function remember(recorded: RecordedUses, name: string, nowMs: number): void {
  recorded.delete(name);
  recorded.set(name, nowMs);
  const [oldest] = recorded.keys();
  if (recorded.size > CAPACITY && oldest !== undefined) recorded.delete(oldest);
}
