// What survives a kill: jobs in progress with their leases, and results that the relay has not answered yet.
import { DatabaseSync, type SQLOutputValue } from 'node:sqlite';
import type { Lease, LeasedJob, ResultReport } from '../../lib/protocol/messages.ts';

/** A job in progress. */
export interface HeldJob extends LeasedJob {
  /** By this machine's clock, in epoch milliseconds. */
  readonly leaseEndsAtMs: number;
}

/** The spool of one agent. */
export interface Spool {
  /** Stores a job before work on it starts. It replaces the job under an older lease. */
  hold(held: HeldJob): void;
  /**
   * Returns the jobs whose lease is valid, oldest first. It drops jobs whose lease expired: another agent may have
   * them.
   */
  resume(nowMs: number): readonly HeldJob[];
  extend(lease: Lease, leaseEndsAtMs: number): void;
  /** Drops a job without a result. */
  drop(jobId: string): void;
  /** Stores the result of a job and removes the job in progress, in one transaction. */
  finish(report: ResultReport): void;
  /** Returns the oldest results, but only the oldest for each job, because the relay's answers name only the job. */
  results(limit: number): readonly ResultReport[];
  /** Removes a result that the relay has accepted or refused. */
  removeResult(lease: Lease): void;
  counts(): { readonly held: number; readonly results: number };
  close(): void;
}

const SCHEMA = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  PRAGMA busy_timeout = 5000;
  CREATE TABLE IF NOT EXISTS held (
    job_id TEXT PRIMARY KEY, lease_ends_at_ms INTEGER NOT NULL, lease TEXT NOT NULL, job TEXT NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS results (
    number INTEGER PRIMARY KEY, job_id TEXT NOT NULL, fence INTEGER NOT NULL, lease TEXT NOT NULL, jws TEXT NOT NULL,
    UNIQUE (job_id, fence)
  ) STRICT;
`;

/**
 * Opens the spool, and creates it when it does not exist.
 * @throws when the file is not a SQLite database or the disk fails. An agent must not run without its spool.
 */
export function openSpool(path: string): Spool {
  const database = new DatabaseSync(path);
  database.exec(SCHEMA);
  return { ...heldTable(database), ...resultTable(database), ...wholeSpool(database) };
}

function heldTable(database: DatabaseSync): Pick<Spool, 'hold' | 'resume' | 'extend' | 'drop'> {
  const put = database.prepare('INSERT OR REPLACE INTO held VALUES (?, ?, ?, ?)');
  const expire = database.prepare('DELETE FROM held WHERE lease_ends_at_ms <= ?');
  const all = database.prepare('SELECT * FROM held ORDER BY rowid');
  const move = database.prepare('UPDATE held SET lease = ?, lease_ends_at_ms = ? WHERE job_id = ?');
  const remove = database.prepare('DELETE FROM held WHERE job_id = ?');
  return {
    hold: ({ lease, job, leaseEndsAtMs }) => {
      put.run(lease.jobId, leaseEndsAtMs, JSON.stringify(lease), JSON.stringify(job));
    },
    resume: (nowMs) => {
      expire.run(nowMs);
      return all.all().map(toHeldJob);
    },
    extend: (lease, leaseEndsAtMs) => {
      move.run(JSON.stringify(lease), leaseEndsAtMs, lease.jobId);
    },
    drop: (jobId) => {
      remove.run(jobId);
    },
  };
}

function resultTable(database: DatabaseSync): Pick<Spool, 'finish' | 'results' | 'removeResult'> {
  const put = database.prepare('INSERT OR REPLACE INTO results (job_id, fence, lease, jws) VALUES (?, ?, ?, ?)');
  const release = database.prepare('DELETE FROM held WHERE job_id = ?');
  const oldest = database.prepare(
    'SELECT lease, jws FROM results WHERE number IN (SELECT min(number) FROM results GROUP BY job_id) ORDER BY number LIMIT ?',
  );
  const remove = database.prepare('DELETE FROM results WHERE job_id = ? AND fence = ?');
  return {
    finish: ({ lease, jws }) => {
      inTransaction(database, () => {
        put.run(lease.jobId, lease.fence, JSON.stringify(lease), jws);
        release.run(lease.jobId);
      });
    },
    results: (limit) => oldest.all(limit).map(toReport),
    removeResult: (lease) => {
      remove.run(lease.jobId, lease.fence);
    },
  };
}

function wholeSpool(database: DatabaseSync): Pick<Spool, 'counts' | 'close'> {
  const count = database.prepare(
    'SELECT (SELECT count(*) FROM held) AS held, (SELECT count(*) FROM results) AS results',
  );
  return {
    counts: () => {
      const row = count.get();
      return { held: Number(row?.['held']), results: Number(row?.['results']) };
    },
    close: () => database.close(),
  };
}

function inTransaction(database: DatabaseSync, work: () => void): void {
  database.exec('BEGIN IMMEDIATE');
  try {
    work();
    database.exec('COMMIT');
  } catch (error) {
    database.exec('ROLLBACK');
    throw error;
  }
}

type Row = Record<string, SQLOutputValue>;

function toHeldJob(row: Row): HeldJob {
  return { lease: parse(row['lease']), job: parse(row['job']), leaseEndsAtMs: Number(row['lease_ends_at_ms']) };
}

function toReport(row: Row): ResultReport {
  return { lease: parse(row['lease']), jws: String(row['jws']) };
}

/** Parses text that this file wrote. */
function parse<T>(text: SQLOutputValue | undefined): T {
  return JSON.parse(String(text)) as T;
}
