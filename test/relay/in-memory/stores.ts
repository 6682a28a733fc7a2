// The small stores in memory: one-time values, quota, evidence, the delivery log, and what of all that is due.
import type {
  DeliveryLog,
  DueWork,
  EvidenceStore,
  LeaseHold,
  OneTimeValues,
  QuotaLedger,
} from '../../../lib/relay/ports.ts';
import type { DeliveryRecord } from '../../../lib/relay/records.ts';
import type { InMemoryJobs } from './jobs.ts';

export interface InMemoryOneTimeValues extends OneTimeValues {
  /** How many were ever claimed. */
  count(): number;
}

export function createInMemoryOneTimeValues(): InMemoryOneTimeValues {
  const expiries = new Map<string, number>();
  return {
    count: () => expiries.size,
    async claim({ keyId, value, expiresAtMs }, nowMs) {
      const name = JSON.stringify([keyId, value]);
      if ((expiries.get(name) ?? 0) > nowMs) return false;
      expiries.set(name, expiresAtMs);
      return true;
    },
  };
}

export interface InMemoryQuota extends QuotaLedger {
  used(accountId: string, window: string): number;
}

export function createInMemoryQuota(): InMemoryQuota {
  const windows = new Map<string, number>();
  const nameOf = (accountId: string, window: string) => JSON.stringify([accountId, window]);
  const used = (accountId: string, window: string) => windows.get(nameOf(accountId, window)) ?? 0;
  return {
    used,
    async take(accountId, window, units, limit) {
      if (used(accountId, window) + units > limit) return false;
      windows.set(nameOf(accountId, window), used(accountId, window) + units);
      return true;
    },
    async takeUpTo(accountId, window, units, limit) {
      const taken = Math.max(0, Math.min(units, limit - used(accountId, window)));
      windows.set(nameOf(accountId, window), used(accountId, window) + taken);
      return taken;
    },
    async giveBack(accountId, window, units) {
      if (used(accountId, window) >= units) windows.set(nameOf(accountId, window), used(accountId, window) - units);
    },
  };
}

export function createInMemoryEvidence(): EvidenceStore {
  const kept = new Map<string, { jws: string; createdAt: number; fence: number }>();
  const isLater = (hold: LeaseHold, than: { createdAt: number; fence: number }) =>
    hold.createdAt > than.createdAt || (hold.createdAt === than.createdAt && hold.fence > than.fence);
  return {
    async save(hold, jws) {
      const standing = kept.get(hold.jobId);
      const { createdAt, fence } = hold;
      const isSame = standing?.jws === jws && standing.createdAt === createdAt && standing.fence === fence;
      if (standing && !isSame && !isLater(hold, standing)) return false;
      kept.set(hold.jobId, { jws, createdAt, fence });
      return true;
    },
    async find(jobId) {
      const evidence = kept.get(jobId);
      return evidence && { jws: evidence.jws, createdAt: evidence.createdAt };
    },
  };
}

export interface InMemoryDeliveryLog extends DeliveryLog {
  all(): readonly DeliveryRecord[];
}

export function createInMemoryDeliveryLog(): InMemoryDeliveryLog {
  const records = new Map<string, DeliveryRecord>();
  const nameOf = (key: { endpointId: string; eventAt: number; eventId: string }) =>
    JSON.stringify([key.endpointId, key.eventAt, key.eventId]);
  return {
    all: () => [...records.values()],
    async record(record) {
      const known = records.get(nameOf(record));
      if (known && (known.state !== 'retrying' || known.attempt > record.attempt)) return;
      records.set(nameOf(record), structuredClone(record));
    },
    find: async (key) => structuredClone(records.get(nameOf(key))),
    findMany: async (keys) => structuredClone(keys.flatMap((key) => records.get(nameOf(key)) ?? [])),
    async clearDue(record) {
      const { dueAt, ...standing } = records.get(nameOf(record)) ?? {};
      if (dueAt !== undefined && dueAt === record.dueAt) records.set(nameOf(record), standing as DeliveryRecord);
    },
  };
}

export function createInMemoryDueWork(jobs: InMemoryJobs, log: InMemoryDeliveryLog): DueWork {
  const isDue = (untilMs: number) => (row: { readonly dueAt?: number | undefined }) =>
    row.dueAt !== undefined && row.dueAt <= untilMs;
  return {
    async *findDue(untilMs) {
      yield* jobs
        .all()
        .filter(isDue(untilMs))
        .map(({ jobId }) => ({ kind: 'job', jobId }) as const);
      for (const { endpointId, eventAt, eventId } of log.all().filter(isDue(untilMs)))
        yield { kind: 'delivery', endpointId, eventAt, eventId };
    },
  };
}
