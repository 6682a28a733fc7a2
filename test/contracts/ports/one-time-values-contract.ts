// The contract of stores of one-time values: the first claim wins until it expires.
import { expect, it } from 'vitest';
import type { OneTimeValues } from '../../../lib/relay/model/ports.ts';
import { MINUTE, NOW, unique } from '../../support/relay/samples.ts';

/** Describes the tests that every store of one-time values must pass. */
export function describeOneTimeValuesContract(makeValues: () => OneTimeValues): void {
  const sample = () => ({ keyId: unique('key-'), value: unique('nonce-0123456789'), expiresAtMs: NOW + 10 * MINUTE });

  it('accepts a value once', async () => {
    const values = makeValues();
    const value = sample();
    expect(await values.claim(value, NOW)).toBe(true);
    expect(await values.claim(value, NOW)).toBe(false);
  });

  it('lets one of 20 concurrent claims win', async () => {
    const values = makeValues();
    const value = sample();
    const claims = await Promise.all(Array.from({ length: 20 }, () => values.claim(value, NOW)));
    expect(claims.filter((won) => won)).toHaveLength(1);
  });

  it('refuses a nonce that was used four minutes or almost ten minutes ago', async () => {
    const values = makeValues();
    const value = sample();
    await values.claim(value, NOW);
    expect(await values.claim(value, NOW + 4 * MINUTE)).toBe(false);
    expect(await values.claim(value, NOW + 10 * MINUTE - 1)).toBe(false);
  });

  it('treats an expired value as absent, even if its row still exists', async () => {
    const values = makeValues();
    const value = sample();
    await values.claim(value, NOW);
    expect(await values.claim({ ...value, expiresAtMs: NOW + 22 * MINUTE }, NOW + 11 * MINUTE)).toBe(true);
    expect(await values.claim(value, NOW + 12 * MINUTE)).toBe(false);
  });

  it('keeps the pull of the first claim for as long as the claim', async () => {
    const values = makeValues();
    const value = sample();
    const refs = Array.from({ length: 10 }, (_, index) => ({ jobId: unique('job_'), createdAt: NOW - index }));
    expect(await values.findPull(value, NOW)).toBeUndefined();
    await values.claim(value, NOW, { leasedAt: NOW + 5, refs });
    expect(await values.claim(value, NOW, { leasedAt: NOW + 6, refs: [] })).toBe(false);
    expect(await values.findPull(value, NOW)).toEqual({ leasedAt: NOW + 5, refs });
    expect(await values.findPull(value, NOW + 11 * MINUTE)).toBeUndefined();
  });

  it('finds no pull for a claim without one', async () => {
    const values = makeValues();
    const value = sample();
    await values.claim(value, NOW);
    expect(await values.findPull(value, NOW)).toBeUndefined();
  });

  it('separates the values of two keys', async () => {
    const values = makeValues();
    const value = sample();
    expect(await values.claim(value, NOW)).toBe(true);
    expect(await values.claim({ ...value, keyId: unique('key-') }, NOW)).toBe(true);
  });
}
