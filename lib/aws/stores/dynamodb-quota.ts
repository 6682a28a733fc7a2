// Quota: a month's row, which also counts its current minute. One conditional update takes units from both.
import {
  DependencyUnavailable,
  type QuotaLedger,
  type QuotaLimits,
  type QuotaState,
  type QuotaUse,
} from '../../relay/model/ports.ts';
import { quotaMinuteOf, quotaWindowOf } from '../../relay/model/quota-window.ts';
import { absent, allOf, anyOf, atLeast, atMost, type Condition, equals, lessThan } from '../table/condition.ts';
import type { Changes, DynamoTable, Item } from '../table/dynamodb-table.ts';
import { expiresAtSeconds, ITEM_KEYS } from '../table/item-keys.ts';
import { fromWarnedRow, toWarningFields } from '../table/quota-row.ts';

/** A window is kept for two months after its start, so that it can be read after it has closed. */
const RETENTION_MS = 62 * 24 * 3600 * 1000;

/**
 * One update cannot both add to the current minute and start a new one. So there are two updates, and which one to try
 * first is a guess. The guess is wrong once for each minute that another process started. More tries are needed only
 * when other processes change the row between our tries.
 */
const TRIES = 5;

/** Returns the quota ledger on the table. */
export function createQuotaLedger(table: DynamoTable): QuotaLedger {
  const seen = new SeenMinutes();
  return {
    take,
    takeUpTo,
    async refund(accountId, month, units, minute) {
      const key = ITEM_KEYS.quota(accountId, month);
      if (minute !== undefined) {
        const isCounted = allOf(equals('minute', minute), atLeast('usedInMinute', units), atLeast('used', units));
        if ((await table.update(key, { add: { used: -units, usedInMinute: -units } }, isCounted)).done) return;
      }
      await table.update(key, { add: { used: -units } }, allOf(atLeast('used', units)));
    },
    async recordWarning({ accountId, month, ...facts }) {
      const isFirst = absent('warnedAt');
      return (await table.update(ITEM_KEYS.quota(accountId, month), { set: toWarningFields(facts) }, isFirst)).done;
    },
    async findWarning(accountId, month) {
      const row = await table.get(ITEM_KEYS.quota(accountId, month), { consistent: true });
      return row && fromWarnedRow(row);
    },
    read,
  };

  async function take(accountId: string, units: number, limits: QuotaLimits, nowMs: number) {
    const isPossible = units <= Math.min(limits.jobsPerMonth, limits.jobsPerMinute);
    if (!isPossible) return { taken: false, ...(await readCurrent(accountId, nowMs)) };
    const key = ITEM_KEYS.quota(accountId, quotaWindowOf(nowMs));
    const now = quotaMinuteOf(nowMs);
    let rowMinute = seen.newest(accountId);
    for (let tries = 0; tries < TRIES; tries += 1) {
      const step = rowMinute >= now ? addToMinute(rowMinute, units, limits) : startMinute(now, units, limits);
      const { done, item } = await table.update(key, step.changes, step.condition);
      const used = useOf(item, now);
      rowMinute = item?.['minute'] ?? '';
      seen.note(accountId, rowMinute);
      if (done || leftOf(used, limits) < units) return { taken: done, used, warnedAt: item?.['warnedAt'] };
    }
    throw new DependencyUnavailable('DynamoDB', { cause: new Error(`the quota row changed ${TRIES} times`) });
  }

  /**
   * Takes all units in one update if they fit. A refusal returns what is used, and that leaves fewer units than the
   * refused request, so the recursion ends.
   */
  async function takeUpTo(
    accountId: string,
    units: number,
    limits: QuotaLimits,
    nowMs: number,
  ): Promise<QuotaState & { taken: number }> {
    // At a limit of zero it asks for one unit, so that the refusal returns what is used.
    const requested = Math.max(1, Math.min(units, limits.jobsPerMonth, limits.jobsPerMinute));
    const { taken, ...state } = await take(accountId, requested, limits, nowMs);
    if (taken) return { taken: requested, ...state };
    const left = leftOf(state.used, limits);
    return left > 0 ? takeUpTo(accountId, left, limits, nowMs) : { taken: 0, ...state };
  }

  async function read(accountId: string, nowMs: number): Promise<QuotaUse> {
    return (await readCurrent(accountId, nowMs)).used;
  }

  async function readCurrent(accountId: string, nowMs: number): Promise<QuotaState> {
    const key = ITEM_KEYS.quota(accountId, quotaWindowOf(nowMs));
    const item = await table.get(key, { consistent: true });
    return { used: useOf(item, quotaMinuteOf(nowMs)), warnedAt: item?.['warnedAt'] };
  }
}

interface Step {
  readonly changes: Changes;
  readonly condition: Condition;
}

/** Adds units to the minute that the row counts now. */
function addToMinute(minute: string, units: number, limits: QuotaLimits): Step {
  const isCounting = equals('minute', minute);
  const fitsInMinute = atMost('usedInMinute', limits.jobsPerMinute - units);
  return {
    changes: { set: { expiresAt: expiryOf(minute) }, add: { used: units, usedInMinute: units } },
    condition: allOf(isCounting, fitsInMinute, fitsInMonth(units, limits)),
  };
}

/** Starts a minute, but never an earlier one. Otherwise a process whose clock is behind would restore used units. */
function startMinute(minute: string, units: number, limits: QuotaLimits): Step {
  const isNew = anyOf(absent('minute'), lessThan('minute', minute));
  return {
    changes: { set: { expiresAt: expiryOf(minute), minute, usedInMinute: units }, add: { used: units } },
    condition: allOf(isNew, fitsInMonth(units, limits)),
  };
}

function fitsInMonth(units: number, { jobsPerMonth }: QuotaLimits): Condition {
  return anyOf(absent('used'), atMost('used', jobsPerMonth - units));
}

function expiryOf(minute: string): number {
  return expiresAtSeconds(Date.parse(`${minute.slice(0, 7)}-01T00:00:00Z`) + RETENTION_MS);
}

/** Returns what is used of the row's month and of this minute. When the row's minute is later than ours, it counts. */
function useOf(item: Item | undefined, now: string): QuotaUse {
  const { used = 0, minute = '', usedInMinute = 0 } = item ?? {};
  return { month: used, minute: minute >= now ? usedInMinute : 0 };
}

function leftOf(used: QuotaUse, { jobsPerMonth, jobsPerMinute }: QuotaLimits): number {
  return Math.min(jobsPerMonth - used.month, jobsPerMinute - used.minute);
}

/** The newest minute that this process has seen in an account's row. It is only a guess; the row decides. */
class SeenMinutes {
  readonly #minutes = new Map<string, string>();

  newest(accountId: string): string {
    return this.#minutes.get(accountId) ?? '';
  }

  note(accountId: string, minute: string): void {
    if (this.#minutes.size >= REMEMBERED_ACCOUNTS) this.#minutes.clear();
    if (minute > this.newest(accountId)) this.#minutes.set(accountId, minute);
  }
}

const REMEMBERED_ACCOUNTS = 1_000;
