// The ports OneTimeValues, QuotaLedger, EvidenceStore, DeliveryLog, DueWork and EmptyQueues in memory.
import type {
  DeliveryLog,
  DueWork,
  EmptyQueues,
  EvidenceStore,
  LeaseHold,
  OneTimeValues,
  Pool,
  PullClaim,
  QuotaLedger,
  QuotaUse,
} from '../../../lib/relay/model/ports.ts';
import { quotaMinuteOf, quotaWindowOf } from '../../../lib/relay/model/quota-window.ts';
import type { DeliveryRecord, QuotaWarning } from '../../../lib/relay/model/records.ts';
import type { InMemoryJobs } from './jobs.ts';

/** One-time values in memory. */
export interface InMemoryOneTimeValues extends OneTimeValues {
  /** Returns the number of different values that were ever claimed. */
  count(): number;
}

/** A stored claim. */
export interface ClaimRow {
  readonly expiresAtMs: number;
  readonly pull: PullClaim | undefined;
}

/** Returns a store over `claims`, by key id and value. */
export function createInMemoryOneTimeValues(claims = new Map<string, ClaimRow>()): InMemoryOneTimeValues {
  const nameOf = (keyId: string, value: string) => JSON.stringify([keyId, value]);
  return {
    count: () => claims.size,
    async claim({ keyId, value, expiresAtMs }, nowMs, pull) {
      const name = nameOf(keyId, value);
      if ((claims.get(name)?.expiresAtMs ?? 0) > nowMs) return false;
      claims.set(name, { expiresAtMs, pull: structuredClone(pull) });
      return true;
    },
    async findPull({ keyId, value }, nowMs) {
      const claim = claims.get(nameOf(keyId, value));
      return claim && claim.expiresAtMs > nowMs ? structuredClone(claim.pull) : undefined;
    },
  };
}

/** A quota ledger in memory. */
export interface InMemoryQuota extends QuotaLedger {
  /** Returns the units used in a month, as in `2026-11`. */
  used(accountId: string, month: string): number;
}

/** The units of an account and month. `counting` is the minute that `minute` belongs to. */
export type QuotaRow = QuotaUse & { readonly counting: string };

/** Returns a ledger over `rows`, by account and month. */
export function createInMemoryQuota(rows = new Map<string, QuotaRow>()): InMemoryQuota {
  const warnings = new Map<string, QuotaWarning>();
  const nameOf = (accountId: string, month: string) => JSON.stringify([accountId, month]);
  const rowOf = (accountId: string, month: string) =>
    rows.get(nameOf(accountId, month)) ?? { month: 0, minute: 0, counting: '' };
  const currentRow = (accountId: string, nowMs: number) => {
    const { month, minute, counting } = rowOf(accountId, quotaWindowOf(nowMs));
    const now = quotaMinuteOf(nowMs);
    return counting >= now ? { month, minute, counting } : { month, minute: 0, counting: now };
  };
  const warnedAt = (accountId: string, nowMs: number) =>
    warnings.get(nameOf(accountId, quotaWindowOf(nowMs)))?.warnedAt;
  return {
    used: (accountId, month) => rowOf(accountId, month).month,
    async take(accountId, units, { jobsPerMonth, jobsPerMinute }, nowMs) {
      const { month, minute, counting } = currentRow(accountId, nowMs);
      const after = { month: month + units, minute: minute + units };
      const taken = after.month <= jobsPerMonth && after.minute <= jobsPerMinute;
      if (taken) rows.set(nameOf(accountId, quotaWindowOf(nowMs)), { ...after, counting });
      return { taken, used: taken ? after : { month, minute }, warnedAt: warnedAt(accountId, nowMs) };
    },
    async takeUpTo(accountId, units, { jobsPerMonth, jobsPerMinute }, nowMs) {
      const { month, minute, counting } = currentRow(accountId, nowMs);
      const taken = Math.max(0, Math.min(units, jobsPerMonth - month, jobsPerMinute - minute));
      const used = { month: month + taken, minute: minute + taken };
      if (taken > 0) rows.set(nameOf(accountId, quotaWindowOf(nowMs)), { ...used, counting });
      return { taken, used, warnedAt: warnedAt(accountId, nowMs) };
    },
    async recordWarning(warning) {
      const name = nameOf(warning.accountId, warning.month);
      if (warnings.has(name)) return false;
      warnings.set(name, structuredClone(warning));
      return true;
    },
    findWarning: async (accountId, month) => structuredClone(warnings.get(nameOf(accountId, month))),
    async refund(accountId, window, units, minuteOfUnits) {
      const { month, minute, counting } = rowOf(accountId, window);
      const isCounted = minuteOfUnits === counting && minute >= units;
      if (month >= units)
        rows.set(nameOf(accountId, window), {
          month: month - units,
          minute: minute - (isCounted ? units : 0),
          counting,
        });
    },
    async read(accountId, nowMs) {
      const { month, minute } = currentRow(accountId, nowMs);
      return { month, minute };
    },
  };
}

/** Stored evidence. */
export interface StoredEvidence {
  readonly jws: string;
  readonly createdAt: number;
  readonly fence: number;
}

/** Returns a store over `rows`, by job id. */
export function createInMemoryEvidence(rows = new Map<string, StoredEvidence>()): EvidenceStore {
  const isLater = (hold: LeaseHold, than: { createdAt: number; fence: number }) =>
    hold.createdAt > than.createdAt || (hold.createdAt === than.createdAt && hold.fence > than.fence);
  return {
    async save(hold, jws) {
      const stored = rows.get(hold.jobId);
      const { createdAt, fence } = hold;
      const isSame = stored?.jws === jws && stored.createdAt === createdAt && stored.fence === fence;
      if (stored && !isSame && !isLater(hold, stored)) return false;
      rows.set(hold.jobId, { jws, createdAt, fence });
      return true;
    },
    async find(jobId) {
      const evidence = rows.get(jobId);
      return evidence && { jws: evidence.jws, createdAt: evidence.createdAt };
    },
  };
}

/** A delivery log in memory. */
export interface InMemoryDeliveryLog extends DeliveryLog {
  /** Removes the records of an account and returns their number. */
  removeAll(accountId: string): number;
  /** Returns all records. */
  all(): readonly DeliveryRecord[];
}

/** Returns an empty log. */
export function createInMemoryDeliveryLog(): InMemoryDeliveryLog {
  const records = new Map<string, DeliveryRecord>();
  const nameOf = (key: { endpointId: string; eventAt: number; eventId: string }) =>
    JSON.stringify([key.endpointId, key.eventAt, key.eventId]);
  return {
    all: () => [...records.values()],
    async record(record) {
      const stored = records.get(nameOf(record));
      if (stored && (stored.state !== 'retrying' || stored.attempt > record.attempt)) return;
      records.set(nameOf(record), structuredClone(record));
    },
    find: async (key) => structuredClone(records.get(nameOf(key))),
    findMany: async (keys) => structuredClone(keys.flatMap((key) => records.get(nameOf(key)) ?? [])),
    listNewest: async ({ accountId, endpointId }, limit) =>
      [...records.values()]
        .filter((record) => record.accountId === accountId && record.endpointId === endpointId)
        .toSorted((a, b) => b.eventAt - a.eventAt)
        .slice(0, limit),
    removeAll(accountId) {
      const own = [...records].filter(([, record]) => record.accountId === accountId);
      for (const [name] of own) records.delete(name);
      return own.length;
    },
    async clearDue(record) {
      const { dueAt, ...withoutDueAt } = records.get(nameOf(record)) ?? {};
      if (dueAt !== undefined && dueAt === record.dueAt) records.set(nameOf(record), withoutDueAt as DeliveryRecord);
    },
  };
}

/** Returns the due items of the given stores. */
export function createInMemoryDueWork(jobs: InMemoryJobs, log: InMemoryDeliveryLog): DueWork {
  const isDue = (untilMs: number) => (row: { readonly dueAt?: number | undefined }) =>
    row.dueAt !== undefined && row.dueAt <= untilMs;
  return {
    async *findDue(untilMs) {
      const dueJobs = jobs
        .all()
        .map(({ jobId, dueAt }) => ({ dueAt, item: { kind: 'job', jobId, dueAt: dueAt ?? 0 } as const }));
      const dueDeliveries = log.all().map(({ endpointId, eventAt, eventId, dueAt }) => {
        return { dueAt, item: { kind: 'delivery', endpointId, eventAt, eventId, dueAt: dueAt ?? 0 } as const };
      });
      const due = [...dueJobs, ...dueDeliveries].filter(isDue(untilMs));
      for (const { item } of due.toSorted((a, b) => (a.dueAt ?? 0) - (b.dueAt ?? 0))) yield item;
    },
  };
}

/** Returns the port EmptyQueues over `times`, by account and pool. */
export function createInMemoryEmptyQueues(times = new Map<string, number>()): EmptyQueues {
  const nameOf = ({ accountId, pool }: Pool) => `${accountId}-${pool}`;
  return {
    findEmptyAt: async (pool) => times.get(nameOf(pool)),
    async recordEmptyAt(pool, emptyAt) {
      if (emptyAt === undefined) times.delete(nameOf(pool));
      else times.set(nameOf(pool), emptyAt);
    },
  };
}
