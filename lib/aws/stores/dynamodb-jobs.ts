// Jobs in the table: each change of state is one conditional write, and its condition consists of named clauses.
import { LIMITS } from '../../api/limits.ts';
import type { Change, JobRef, JobStore, LeaseHold, Pool } from '../../relay/model/ports.ts';
import type { Job } from '../../relay/model/records.ts';
import {
  absent,
  allOf,
  anyOf,
  atLeast,
  atMost,
  type Condition,
  equals,
  greaterThan,
  lessThan,
} from '../table/condition.ts';
import type { Changes, DynamoTable, WriteOutcome } from '../table/dynamodb-table.ts';
import { ITEM_KEYS } from '../table/item-keys.ts';
import { fromJobRow, toJobRow, toStoredResult } from '../table/job-row.ts';

const isThisIncarnation = (ref: JobRef) => equals('createdAt', ref.createdAt);
const isOfAccount = (accountId: string) => equals('account', accountId);
const isOfPool = ({ accountId, pool }: Pool) => allOf(isOfAccount(accountId), equals('pool', pool));
const isFree = (nowMs: number) =>
  anyOf(equals('state', 'queued'), allOf(equals('state', 'leased'), atMost('leaseUntil', nowMs)));
const hasTimeAndAttempts = (nowMs: number, attemptLimit: number) =>
  allOf(greaterThan('deadlineAt', nowMs), lessThan('attempts', attemptLimit));
const isHeldBy = (hold: LeaseHold) =>
  allOf(
    isThisIncarnation(hold),
    isOfAccount(hold.accountId),
    equals('state', 'leased'),
    equals('fence', hold.fence),
    equals('leasedBy', hold.agentId),
  );
const isAsRead = (job: Job) =>
  allOf(
    isThisIncarnation(job),
    equals('state', job.state),
    equals('fence', job.fence),
    job.leaseUntil === undefined ? absent('leaseUntil') : equals('leaseUntil', job.leaseUntil),
    job.dueAt === undefined ? absent('dueAt') : equals('dueAt', job.dueAt),
  );
/**
 * Compares milliseconds, as readers of the row do. `expiresAt` would be too late, because it is rounded up to seconds.
 */
const isAbsentOrExpired = (nowMs: number) =>
  anyOf(absent('pk'), atMost('createdAt', nowMs - LIMITS.retentionSeconds * 1000));

/** The attributes that a terminal job no longer has. */
const ALARM = ['dueAt', 'dueShard'];

/** Returns the job store on the table. */
export function createJobStore(table: DynamoTable): JobStore {
  const update = async (ref: JobRef, changes: Changes, condition: Condition): Promise<Change> =>
    toChange(await table.update(ITEM_KEYS.job(ref.jobId), changes, condition));
  return {
    async find(jobId) {
      const row = await table.get(ITEM_KEYS.job(jobId), { consistent: true });
      return row && fromJobRow(row);
    },
    async findMany(jobIds) {
      const rows = await table.getMany(jobIds.map(ITEM_KEYS.job), { consistent: true });
      return rows.map(fromJobRow);
    },
    create: async (job, nowMs) => toChange(await table.put(toJobRow(job), isAbsentOrExpired(nowMs))),
    lease: (ref, { agentId, nowMs, leaseUntil, attemptLimit, ...pool }) =>
      update(
        ref,
        {
          set: { state: 'leased', leasedBy: agentId, leasedAt: nowMs, leaseUntil, updatedAt: nowMs },
          add: { fence: 1, attempts: 1 },
        },
        allOf(isThisIncarnation(ref), isOfPool(pool), isFree(nowMs), hasTimeAndAttempts(nowMs, attemptLimit)),
      ),
    renew: (hold, { nowMs, leaseUntil, leasedSince }) =>
      update(
        hold,
        { set: { leaseUntil } },
        allOf(isHeldBy(hold), atLeast('leasedAt', leasedSince), greaterThan('deadlineAt', nowMs)),
      ),
    release: (hold, nowMs) =>
      update(
        hold,
        {
          set: { state: 'queued', updatedAt: nowMs },
          add: { attempts: -1 },
          remove: ['leasedBy', 'leasedAt', 'leaseUntil'],
        },
        isHeldBy(hold),
      ),
    complete: (hold, { result, evidenceSha256, nowMs }) =>
      update(
        hold,
        {
          set: { state: 'completed', result: toStoredResult(result), evidenceSha256, updatedAt: nowMs },
          remove: [...ALARM, 'leasedAt', 'leaseUntil'],
        },
        isHeldBy(hold),
      ),
    end: (job, { state, reason, nowMs }) =>
      update(
        job,
        { set: { state, endReason: reason, updatedAt: nowMs }, remove: [...ALARM, 'leasedAt', 'leaseUntil'] },
        isAsRead(job),
      ),
    moveDue: (job, { dueAt, alarms, resends, sentAt }) =>
      update(job, { set: { dueAt, alarms, resends, sentAt } }, isAsRead(job)),
  };
}

function toChange({ done, item }: WriteOutcome): Change {
  if (!done) return { done, job: item && fromJobRow(item) };
  if (!item) throw new Error('A successful write returned no item.');
  return { done, job: fromJobRow(item) };
}
