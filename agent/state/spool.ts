// What survives a kill -9: jobs being worked on under a lease, and results that the relay has not answered for yet.
import { DatabaseSync, type SQLOutputValue } from 'node:sqlite';
import type { Lease, LeasedJob, ResultReport } from '../../lib/protocol/messages.ts';

export interface HeldJob extends LeasedJob {
  /** By this machine's clock, epoch milliseconds. */
  readonly leaseEndsAtMs: number;
}

export interface Spool {
  /** Keeps a job before work on it begins. A job under an older lease is replaced. */
  hold(held: HeldJob): void;
  /** The jobs whose lease is still live, oldest first. Those whose lease ran out are dropped: they are another's now. */
  resume(nowMs: number): readonly HeldJob[];
  extend(lease: Lease, leaseEndsAtMs: number): void;
  /** Gives up a job without a result. */
  drop(jobId: string): void;
  /** The job is done: its result is kept and its lease row goes, in one transaction. */
  finish(report: ResultReport): void;
  /** The oldest results, and of each job only the oldest: the relay answers by the job's name. */
  results(limit: number): readonly ResultReport[];
  /** The relay has accepted or refused this result. */
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

/** @throws when the file is no SQLite database or the disk fails: an agent without its spool must not run. */
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

/** Our own text, written above. */
function parse<T>(text: SQLOutputValue | undefined): T {
  return JSON.parse(String(text)) as T;
}
