// The contract of evidence stores: a store returns the exact bytes, and an earlier lease never overwrites a later one.
import { expect, it } from 'vitest';
import type { EvidenceStore } from '../../../lib/relay/model/ports.ts';
import { DAY, holdOf, NOW, sampleJob } from '../../support/relay/samples.ts';

const UNTIL = NOW + 30 * DAY;

/** Describes the tests that every evidence store must pass. */
export function describeEvidenceStoreContract(makeStore: () => EvidenceStore): void {
  const sample = (fence = 1) => holdOf({ ...sampleJob(), fence });

  it('returns evidence byte for byte, with the creation time of its job', async () => {
    const store = makeStore();
    const hold = sample();
    const jws = `${'eyJhbGciOiJFZERTQSJ9'.repeat(3_000)}.ü€😀.=\u0000\n`;
    expect(await store.save(hold, jws, UNTIL)).toBe(true);
    expect(await store.find(hold.jobId)).toEqual({ jws, createdAt: hold.createdAt });
  });

  it('finds nothing for a job without evidence', async () => {
    expect(await makeStore().find(sampleJob().jobId)).toBeUndefined();
  });

  it('lets a later fence win', async () => {
    const store = makeStore();
    const hold = sample();
    await store.save(hold, 'first', UNTIL);
    expect(await store.save({ ...hold, fence: 2, agentId: 'agt_other' }, 'second', UNTIL)).toBe(true);
    expect((await store.find(hold.jobId))?.jws).toBe('second');
  });

  it('refuses an earlier fence', async () => {
    const store = makeStore();
    const hold = sample(3);
    await store.save(hold, 'third', UNTIL);
    expect(await store.save({ ...hold, fence: 2 }, 'second', UNTIL)).toBe(false);
    expect((await store.find(hold.jobId))?.jws).toBe('third');
  });

  it('accepts the same evidence again', async () => {
    const store = makeStore();
    const hold = sample();
    expect(await store.save(hold, 'same', UNTIL)).toBe(true);
    expect(await store.save(hold, 'same', UNTIL)).toBe(true);
  });

  it('refuses other evidence under the same fence', async () => {
    const store = makeStore();
    const hold = sample();
    await store.save(hold, 'first', UNTIL);
    expect(await store.save(hold, 'second', UNTIL)).toBe(false);
    expect((await store.find(hold.jobId))?.jws).toBe('first');
  });

  it('lets the first lease of a new incarnation win over any lease of the old one', async () => {
    const store = makeStore();
    const old = sample(5);
    await store.save(old, 'old', UNTIL);
    const newer = { ...old, createdAt: old.createdAt + 31 * DAY, fence: 1 };
    expect(await store.save(newer, 'new', UNTIL)).toBe(true);
    expect(await store.find(old.jobId)).toEqual({ jws: 'new', createdAt: newer.createdAt });
  });

  it('refuses any evidence for the old incarnation after that, even with a higher fence', async () => {
    const store = makeStore();
    const newer = sample(1);
    await store.save(newer, 'new', UNTIL);
    const old = { ...newer, createdAt: newer.createdAt - 31 * DAY };
    expect(await store.save({ ...old, fence: 5 }, 'old', UNTIL)).toBe(false);
    expect(await store.save(old, 'new', UNTIL)).toBe(false);
    expect(await store.find(newer.jobId)).toEqual({ jws: 'new', createdAt: newer.createdAt });
  });
}
