// The relay's stores and queues in memory. Every write is observed, and any earlier state can be restored.
import { createAddressPolicy } from '../../../lib/net/address-policy.ts';
import { HeldLeases } from '../../../lib/relay/leasing/held-leases.ts';
import { SeenAgents } from '../../../lib/relay/leasing/seen-agents.ts';
import type { Pool } from '../../../lib/relay/model/ports.ts';
import type { Job } from '../../../lib/relay/model/records.ts';
import { createInMemoryJobs } from '../../support/in-memory/jobs.ts';
import { createInMemoryDeliveryQueue } from '../../support/in-memory/queues.ts';
import {
  type ClaimRow,
  createInMemoryDeliveryLog,
  createInMemoryDueWork,
  createInMemoryEmptyQueues,
  createInMemoryEvidence,
  createInMemoryOneTimeValues,
  createInMemoryQuota,
  type QuotaRow,
  type StoredEvidence,
} from '../../support/in-memory/stores.ts';
import { NOW } from '../../support/relay/samples.ts';
import { createMessageQueue, type Message } from './message-queue.ts';
import { createObserver, type Observed } from './observer.ts';

/** The complete state of the stores and queues, with everything that was observed. */
export interface Snapshot {
  readonly nowMs: number;
  readonly rows: readonly (readonly [string, Job])[];
  readonly claims: readonly (readonly [string, ClaimRow])[];
  readonly quota: readonly (readonly [string, QuotaRow])[];
  readonly evidence: readonly (readonly [string, StoredEvidence])[];
  readonly emptyTimes: readonly (readonly [string, number])[];
  readonly messages: readonly Message[];
  readonly serials: readonly [requests: number, receipts: number];
  readonly observed: Observed;
}

/** Rows that call a watcher at every write. The watcher is removed while a snapshot is restored. */
class WatchedRows extends Map<string, Job> {
  watcher: ((old: Job | undefined, now: Job) => void) | undefined;

  override set(jobId: string, job: Job): this {
    const old = this.get(jobId);
    super.set(jobId, job);
    this.watcher?.(old, job);
    return this;
  }
}

export type RelayInMemory = ReturnType<typeof createRelayInMemory>;
export type RelayPorts = RelayInMemory['ports'];

/** Returns empty stores and queues for these pools. */
export function createRelayInMemory(pools: readonly Pool[]) {
  const time = { nowMs: NOW, requests: 0 };
  const clock = () => time.nowMs;
  const rows = new WatchedRows();
  const claims = new Map<string, ClaimRow>();
  const quotaRows = new Map<string, QuotaRow>();
  const evidenceRows = new Map<string, StoredEvidence>();
  const emptyTimes = new Map<string, number>();
  const jobs = createInMemoryJobs(rows);
  const log = createInMemoryDeliveryLog();
  const observer = createObserver(clock, rows);
  const queue = createMessageQueue(clock, pools, ({ accountId }, ref) => observer.sent(accountId, ref));
  rows.watcher = observer.changed;
  const ports = {
    clock,
    eventLog: { record: () => {} },
    addresses: createAddressPolicy({ allowCidrs: [] }),
    presence: { recordSeen: async () => {} },
    instances: { replace: async () => true },
    directory: { findKey: async () => undefined },
    seenAgents: new SeenAgents(),
    heldLeases: new HeldLeases(),
    oneTimeValues: createInMemoryOneTimeValues(claims),
    quota: createInMemoryQuota(quotaRows),
    evidence: createInMemoryEvidence(evidenceRows),
    due: createInMemoryDueWork(jobs, log),
    emptyQueues: createInMemoryEmptyQueues(emptyTimes),
    inventory: queue,
    deliveries: createInMemoryDeliveryQueue(),
    jobs,
    log,
    queues: queue,
  };
  const stores = [rows, claims, quotaRows, evidenceRows, emptyTimes] as const;
  return {
    time,
    rows: rows as Map<string, Job>,
    evidenceRows,
    emptyTimes,
    claims,
    ports,
    queue,
    pools,
    observer,
    save(): Snapshot {
      return {
        nowMs: time.nowMs,
        rows: [...rows],
        claims: [...claims],
        quota: [...quotaRows],
        evidence: [...evidenceRows],
        emptyTimes: [...emptyTimes],
        messages: queue.messages,
        serials: [time.requests, queue.receipts],
        observed: observer.observed,
      };
    },
    restore(snapshot: Snapshot): void {
      rows.watcher = undefined;
      for (const store of stores) store.clear();
      for (const [key, row] of snapshot.rows) rows.set(key, row);
      for (const [key, row] of snapshot.claims) claims.set(key, row);
      for (const [key, row] of snapshot.quota) quotaRows.set(key, row);
      for (const [key, row] of snapshot.evidence) evidenceRows.set(key, row);
      for (const [key, time] of snapshot.emptyTimes) emptyTimes.set(key, time);
      rows.watcher = observer.changed;
      queue.messages = snapshot.messages;
      [time.requests, queue.receipts] = snapshot.serials;
      time.nowMs = snapshot.nowMs;
      observer.observed = snapshot.observed;
      observer.violations.length = 0;
    },
  };
}
