// The contract of quota ledgers: no number of concurrent takes exceeds a limit.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { warnIfDue } from '../../../lib/relay/admission/quota-warning.ts';
import type { LogEvent } from '../../../lib/relay/model/log-events.ts';
import type { QuotaLedger, QuotaLimits } from '../../../lib/relay/model/ports.ts';
import { MINUTE, NOW, SECOND, sampleAccount, sampleWarning, unique } from '../../support/relay/samples.ts';

const MONTH = '2026-11';
const NEXT_MONTH = Date.parse('2026-12-01T00:00:00Z');
const PLENTY = 1_000_000;

const ofMonth = (jobsPerMonth: number): QuotaLimits => ({ jobsPerMonth, jobsPerMinute: PLENTY });
const ofMinute = (jobsPerMinute: number): QuotaLimits => ({ jobsPerMonth: PLENTY, jobsPerMinute });

/** Two processes over one ledger. */
type MakeLedgers = () => readonly [QuotaLedger, QuotaLedger];

/** Describes the tests that every quota ledger must pass. */
export function describeQuotaLedgerContract(makeLedgers: MakeLedgers): void {
  const open = () => {
    const [ledger, other] = makeLedgers();
    return { ledger, other, account: unique('account') };
  };

  describe.each([
    ['month', ofMonth],
    ['minute', ofMinute],
  ] as const)('in the %s', (_, limitsOf) => {
    it('grants exactly 50 of 200 concurrent takes at a limit of 50', async () => {
      const { ledger, other, account } = open();
      const takes = Array.from({ length: 200 }, (_, index) =>
        (index % 2 ? ledger : other).take(account, 1, limitsOf(50), NOW),
      );
      const answers = await Promise.all(takes);
      expect(answers.filter(({ taken }) => taken)).toHaveLength(50);
      expect(await ledger.read(account, NOW)).toEqual({ month: 50, minute: 50 });
    });

    it('takes all of several units or none', async () => {
      const { ledger, account } = open();
      expect(await ledger.take(account, 8, limitsOf(10), NOW)).toEqual({ taken: true, used: { month: 8, minute: 8 } });
      expect(await ledger.take(account, 3, limitsOf(10), NOW)).toEqual({ taken: false, used: { month: 8, minute: 8 } });
      expect(await ledger.take(account, 2, limitsOf(10), NOW)).toMatchObject({ taken: true });
    });

    it('refuses more units than the limit and any unit at a limit of zero, and returns the use', async () => {
      const { ledger, account } = open();
      await ledger.take(account, 4, limitsOf(10), NOW);
      const refusal = { taken: false, used: { month: 4, minute: 4 } };
      expect(await ledger.take(account, 11, limitsOf(10), NOW)).toEqual(refusal);
      expect(await ledger.take(account, 1, limitsOf(0), NOW)).toEqual(refusal);
    });

    it('obeys a changed limit', async () => {
      const { ledger, account } = open();
      await ledger.take(account, 2, limitsOf(2), NOW);
      expect(await ledger.take(account, 1, limitsOf(1), NOW)).toMatchObject({ taken: false });
      expect(await ledger.take(account, 1, limitsOf(3), NOW)).toMatchObject({ taken: true });
    });

    it('takes 50 of up to 100 units at a limit of 50, and then none', async () => {
      const { ledger, other, account } = open();
      const used = { month: 50, minute: 50 };
      expect(await ledger.takeUpTo(account, 100, limitsOf(50), NOW)).toEqual({ taken: 50, used });
      expect(await other.takeUpTo(account, 100, limitsOf(50), NOW)).toEqual({ taken: 0, used });
      expect(await ledger.read(account, NOW)).toEqual(used);
    });

    it('takes as many of several units as are left', async () => {
      const { ledger, account } = open();
      const takeUpTo = async (limit: number) => (await ledger.takeUpTo(account, 7, limitsOf(limit), NOW)).taken;
      expect([await takeUpTo(0), await takeUpTo(10), await takeUpTo(10), await takeUpTo(10)]).toEqual([0, 7, 3, 0]);
      expect([await takeUpTo(5), await takeUpTo(0)]).toEqual([0, 0]);
      expect(await ledger.read(account, NOW)).toEqual({ month: 10, minute: 10 });
    });

    it('grants exactly 50 units to 20 concurrent takes of up to 7 units', async () => {
      const { ledger, other, account } = open();
      const takes = Array.from({ length: 20 }, (_, index) =>
        (index % 2 ? ledger : other).takeUpTo(account, 7, limitsOf(50), NOW),
      );
      const granted = (await Promise.all(takes)).map(({ taken }) => taken);
      expect(granted.reduce((sum, units) => sum + units, 0)).toBe(50);
      expect(Math.max(...granted)).toBe(7);
      expect(await ledger.read(account, NOW)).toEqual({ month: 50, minute: 50 });
    });

    it('separates accounts', async () => {
      const { ledger, account } = open();
      await ledger.take(account, 1, limitsOf(1), NOW);
      expect(await ledger.take(unique('account'), 1, limitsOf(1), NOW)).toMatchObject({ taken: true });
    });
  });

  it('returns no use before the first take', async () => {
    const { ledger, account } = open();
    expect(await ledger.read(account, NOW)).toEqual({ month: 0, minute: 0 });
  });

  it('counts a new minute from zero within the same month, in every process', async () => {
    const { ledger, other, account } = open();
    await ledger.take(account, 2, ofMinute(2), NOW);
    expect(await other.take(account, 1, ofMinute(2), NOW)).toMatchObject({ taken: false });
    const later = NOW + MINUTE;
    expect(await ledger.read(account, later)).toEqual({ month: 2, minute: 0 });
    expect(await other.take(account, 1, ofMinute(2), later)).toEqual({ taken: true, used: { month: 3, minute: 1 } });
    expect(await ledger.take(account, 1, ofMinute(2), later)).toEqual({ taken: true, used: { month: 4, minute: 2 } });
    expect(await ledger.take(account, 1, ofMinute(2), later)).toMatchObject({ taken: false });
  });

  it('grants nothing in a new minute if the month is used up', async () => {
    const { ledger, account } = open();
    await ledger.take(account, 2, ofMonth(2), NOW);
    expect(await ledger.take(account, 1, ofMonth(2), NOW + MINUTE)).toEqual({
      taken: false,
      used: { month: 2, minute: 0 },
    });
  });

  it('does not return to an earlier minute for a process whose clock is behind', async () => {
    const { ledger, other, account } = open();
    await ledger.take(account, 2, ofMinute(2), NOW);
    await ledger.take(account, 2, ofMinute(2), NOW + MINUTE);
    expect(await other.take(account, 1, ofMinute(2), NOW + SECOND)).toEqual({
      taken: false,
      used: { month: 4, minute: 2 },
    });
  });

  it('counts a new month from zero', async () => {
    const { ledger, account } = open();
    await ledger.take(account, 1, ofMonth(1), NEXT_MONTH - 1);
    expect(await ledger.take(account, 1, ofMonth(1), NEXT_MONTH)).toEqual({
      taken: true,
      used: { month: 1, minute: 1 },
    });
    expect(await ledger.take(account, 1, ofMonth(1), NEXT_MONTH - 1)).toMatchObject({ taken: false });
  });

  it('refunds a unit to the month, and to the minute only if it is named', async () => {
    const { ledger, account } = open();
    await ledger.take(account, 3, ofMonth(3), NOW);
    await ledger.refund(account, MONTH, 1);
    expect(await ledger.read(account, NOW)).toEqual({ month: 2, minute: 3 });
    await ledger.refund(account, MONTH, 1, '2026-11-22T12:00');
    expect(await ledger.read(account, NOW)).toEqual({ month: 1, minute: 2 });
    expect(await ledger.take(account, 2, ofMonth(3), NOW)).toMatchObject({ taken: true });
  });

  it('refunds nothing to a minute that is over', async () => {
    const { ledger, account } = open();
    await ledger.take(account, 1, ofMonth(9), NOW);
    await ledger.take(account, 1, ofMonth(9), NOW + MINUTE);
    await ledger.refund(account, MONTH, 1, '2026-11-22T12:00');
    expect(await ledger.read(account, NOW + MINUTE)).toEqual({ month: 1, minute: 1 });
  });

  describe('the warning of a month', () => {
    it('is written once by the first process, and does not change', async () => {
      const { ledger, other, account: accountId } = open();
      await ledger.take(accountId, 8, ofMonth(10), NOW);
      expect(await ledger.findWarning(accountId, MONTH)).toBeUndefined();
      const warning = sampleWarning({ accountId, used: 8, limit: 10 });
      expect(await ledger.recordWarning(warning)).toBe(true);
      expect(await other.recordWarning({ ...warning, used: 9, limit: 11, warnedAt: NOW + 1 })).toBe(false);
      expect(await other.findWarning(accountId, MONTH)).toEqual(warning);
    });

    it('is written by one of 20 concurrent calls', async () => {
      const { ledger, other, account: accountId } = open();
      await ledger.take(accountId, 1, ofMonth(1), NOW);
      const warnings = Array.from({ length: 20 }, (_, at) => sampleWarning({ accountId, warnedAt: NOW + at }));
      const answers = await Promise.all(
        warnings.map((warning, at) => (at % 2 ? ledger : other).recordWarning(warning)),
      );
      const [winner, ...moreWinners] = warnings.filter((_, at) => answers[at]);
      expect([moreWinners, await ledger.findWarning(accountId, MONTH)]).toEqual([[], winner]);
    });

    it('is returned by every later take of the month, granted or refused', async () => {
      const { ledger, other, account: accountId } = open();
      const limits = { jobsPerMonth: 10, jobsPerMinute: 9 };
      expect((await ledger.take(accountId, 7, limits, NOW)).warnedAt).toBeUndefined();
      await ledger.recordWarning(sampleWarning({ accountId, warnedAt: NOW + 7 }));
      const answers = [
        await other.take(accountId, 1, limits, NOW),
        await other.take(accountId, 2, limits, NOW),
        await ledger.take(accountId, 10, limits, NOW),
        await ledger.takeUpTo(accountId, 1, limits, NOW + MINUTE),
        await ledger.takeUpTo(accountId, 9, limits, NOW + MINUTE),
        await ledger.takeUpTo(accountId, 9, limits, NOW + MINUTE),
      ];
      expect(answers.map(({ taken }) => taken)).toEqual([true, false, false, 1, 1, 0]);
      expect(answers.map(({ warnedAt }) => warnedAt)).toEqual(answers.map(() => NOW + 7));
    });

    it('does not change the use, and does not change with it', async () => {
      const { ledger, account: accountId } = open();
      await ledger.take(accountId, 9, ofMonth(10), NOW);
      const warning = sampleWarning({ accountId, used: 9, limit: 10 });
      await ledger.recordWarning(warning);
      expect(await ledger.read(accountId, NOW)).toEqual({ month: 9, minute: 9 });
      await ledger.refund(accountId, MONTH, 9, '2026-11-22T12:00');
      expect(await ledger.take(accountId, 10, ofMonth(10), NOW)).toMatchObject({ taken: true, warnedAt: NOW });
      expect(await ledger.findWarning(accountId, MONTH)).toEqual(warning);
    });

    it('belongs to one month and one account', async () => {
      const { ledger, account: accountId } = open();
      await ledger.take(accountId, 1, ofMonth(1), NOW);
      await ledger.recordWarning(sampleWarning({ accountId }));
      const other = unique('account');
      expect((await ledger.take(accountId, 1, ofMonth(1), NEXT_MONTH)).warnedAt).toBeUndefined();
      expect((await ledger.take(other, 1, ofMonth(1), NOW)).warnedAt).toBeUndefined();
      expect(await ledger.recordWarning(sampleWarning({ accountId, month: '2026-12' }))).toBe(true);
      expect(await ledger.recordWarning(sampleWarning({ accountId: other }))).toBe(true);
    });

    it('exists exactly when the use has reached 80 %, once, for any concurrent takes and refunds', async () => {
      const take = fc.record({ units: fc.integer({ min: 1, max: 4 }), first: fc.boolean(), orFewer: fc.boolean() });
      const step = fc.oneof(
        fc.record({ takes: fc.array(take, { minLength: 1, maxLength: 4 }) }),
        fc.record({ refund: fc.integer({ min: 1, max: 3 }) }),
      );
      await fc.assert(
        fc.asyncProperty(fc.nat({ max: 12 }), fc.array(step, { maxLength: 8 }), async (jobsPerMonth, steps) => {
          const { ledger, other, account: accountId } = open();
          const account = sampleAccount({ accountId, jobsPerMonth });
          const events: LogEvent[] = [];
          const eventLog = { record: (event: LogEvent) => void events.push(event) };
          let hasReached = false;
          for (const step of steps) {
            if ('refund' in step) await ledger.refund(accountId, MONTH, step.refund);
            else
              await Promise.all(
                step.takes.map(async ({ units, first, orFewer }) => {
                  const quota = first ? ledger : other;
                  const answer = await quota[orFewer ? 'takeUpTo' : 'take'](
                    accountId,
                    units,
                    ofMonth(jobsPerMonth),
                    NOW,
                  );
                  await warnIfDue({ quota, eventLog }, account, answer, NOW);
                }),
              );
            // Concurrent steps only take units, so the use after them is the highest so far.
            const { month } = await ledger.read(accountId, NOW);
            hasReached ||= jobsPerMonth > 0 && month / jobsPerMonth >= 0.8;
            expect((await ledger.findWarning(accountId, MONTH)) !== undefined).toBe(hasReached);
            expect(events.map(({ event }) => event)).toEqual(hasReached ? ['quota.warned'] : []);
          }
        }),
        { numRuns: 25 },
      );
    });
  });

  it('never counts less than zero', async () => {
    const { ledger, account } = open();
    await ledger.refund(account, MONTH, 1);
    await ledger.take(account, 1, ofMonth(2), NOW);
    await ledger.refund(account, MONTH, 2, '2026-11-22T12:00');
    expect(await ledger.read(account, NOW)).toEqual({ month: 1, minute: 1 });
  });

  it('grants exactly the units that fit both limits, after any earlier takes', async () => {
    const steps = fc.array(
      fc.record({
        units: fc.integer({ min: 1, max: 4 }),
        seconds: fc.constantFrom(0, 1, 59, 60),
        first: fc.boolean(),
        orFewer: fc.boolean(),
      }),
      { maxLength: 12 },
    );
    const limits = { jobsPerMonth: 12, jobsPerMinute: 5 };
    await fc.assert(
      fc.asyncProperty(steps, async (takes) => {
        const { ledger, other, account } = open();
        const model = { nowMs: NOW, month: 0, minute: 0 };
        for (const { units, seconds, first, orFewer } of takes) {
          const before = Math.floor(model.nowMs / MINUTE);
          model.nowMs += seconds * SECOND;
          if (Math.floor(model.nowMs / MINUTE) !== before) model.minute = 0;
          const left = Math.min(limits.jobsPerMonth - model.month, limits.jobsPerMinute - model.minute);
          const granted = orFewer ? Math.min(units, left) : units <= left ? units : 0;
          Object.assign(model, { month: model.month + granted, minute: model.minute + granted });
          const used = { month: model.month, minute: model.minute };
          const quota = first ? ledger : other;
          const answer = await quota[orFewer ? 'takeUpTo' : 'take'](account, units, limits, model.nowMs);
          expect(answer).toEqual({ taken: orFewer ? granted : granted > 0, used });
        }
      }),
      { numRuns: 20 },
    );
  });
}
