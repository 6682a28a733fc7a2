// What every quota ledger must do: never one unit more than the limit, whoever asks at the same time.
import { expect, it } from 'vitest';
import type { QuotaLedger } from '../../lib/relay/ports.ts';
import { unique } from '../relay/samples.ts';

const WINDOW = '2026-11';

export function describeQuotaLedgerContract(makeLedger: () => QuotaLedger): void {
  it('grants exactly 20 of 50 takes at once at a limit of 20', async () => {
    const ledger = makeLedger();
    const account = unique('account');
    const takes = await Promise.all(Array.from({ length: 50 }, () => ledger.take(account, WINDOW, 1, 20)));
    expect(takes.filter((granted) => granted)).toHaveLength(20);
  });

  it('takes several units together or none of them', async () => {
    const ledger = makeLedger();
    const account = unique('account');
    expect(await ledger.take(account, WINDOW, 8, 10)).toBe(true);
    expect(await ledger.take(account, WINDOW, 3, 10)).toBe(false);
    expect(await ledger.take(account, WINDOW, 2, 10)).toBe(true);
  });

  it('refuses more than the whole limit, and anything at a limit of none', async () => {
    const ledger = makeLedger();
    expect(await ledger.take(unique('account'), WINDOW, 11, 10)).toBe(false);
    expect(await ledger.take(unique('account'), WINDOW, 1, 0)).toBe(false);
  });

  it('takes as many of several units as are left, and none when none are', async () => {
    const ledger = makeLedger();
    const account = unique('account');
    expect(await ledger.takeUpTo(account, WINDOW, 7, 10)).toBe(7);
    expect(await ledger.takeUpTo(account, WINDOW, 7, 10)).toBe(3);
    expect(await ledger.takeUpTo(account, WINDOW, 7, 10)).toBe(0);
    expect(await ledger.takeUpTo(account, WINDOW, 7, 5)).toBe(0);
    expect(await ledger.takeUpTo(unique('account'), WINDOW, 7, 0)).toBe(0);
    expect(await ledger.takeUpTo(unique('account'), WINDOW, 7, 5)).toBe(5);
  });

  it('grants exactly 50 to 20 that want 7 each at once', async () => {
    const ledger = makeLedger();
    const account = unique('account');
    const takes = await Promise.all(Array.from({ length: 20 }, () => ledger.takeUpTo(account, WINDOW, 7, 50)));
    expect(takes.reduce((sum, taken) => sum + taken, 0)).toBe(50);
    expect(Math.max(...takes)).toBe(7);
  });

  it('has a unit again once it was given back', async () => {
    const ledger = makeLedger();
    const account = unique('account');
    await ledger.take(account, WINDOW, 1, 1);
    expect(await ledger.take(account, WINDOW, 1, 1)).toBe(false);
    await ledger.giveBack(account, WINDOW, 1);
    expect(await ledger.take(account, WINDOW, 1, 1)).toBe(true);
  });

  it('never falls below nothing used', async () => {
    const ledger = makeLedger();
    const account = unique('account');
    await ledger.giveBack(account, WINDOW, 1);
    await ledger.take(account, WINDOW, 1, 2);
    await ledger.giveBack(account, WINDOW, 2);
    expect(await ledger.take(account, WINDOW, 2, 2)).toBe(false);
    expect(await ledger.take(account, WINDOW, 1, 2)).toBe(true);
  });

  it('keeps windows and accounts apart, and follows a limit that was changed', async () => {
    const ledger = makeLedger();
    const account = unique('account');
    expect(await ledger.take(account, WINDOW, 1, 1)).toBe(true);
    expect(await ledger.take(account, '2026-12', 1, 1)).toBe(true);
    expect(await ledger.take(unique('account'), WINDOW, 1, 1)).toBe(true);
    expect(await ledger.take(account, WINDOW, 1, 2)).toBe(true);
  });
}
