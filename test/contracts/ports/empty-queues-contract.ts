// The contract of the memory of empty queues: one time for each pool, which the next look replaces or removes.
import { expect, it } from 'vitest';
import type { EmptyQueues } from '../../../lib/relay/model/ports.ts';
import { MINUTE, NOW, unique } from '../../support/relay/samples.ts';

/** Describes the tests that every memory of empty queues must pass. */
export function describeEmptyQueuesContract(makePort: () => EmptyQueues): void {
  it('returns the newest recorded time of a pool, and undefined for every other pool', async () => {
    const port = makePort();
    const pool = { accountId: unique('account'), pool: 'default' };
    expect(await port.findEmptyAt(pool)).toBeUndefined();
    await port.recordEmptyAt(pool, NOW);
    await port.recordEmptyAt(pool, NOW + MINUTE);
    expect(await port.findEmptyAt(pool)).toBe(NOW + MINUTE);
    expect(await port.findEmptyAt({ ...pool, pool: 'second' })).toBeUndefined();
    expect(await port.findEmptyAt({ ...pool, accountId: unique('account') })).toBeUndefined();
  });

  it('forgets the time when the queue is not empty, and accepts that twice', async () => {
    const port = makePort();
    const pool = { accountId: unique('account'), pool: 'default' };
    await port.recordEmptyAt(pool, NOW);
    await port.recordEmptyAt(pool, undefined);
    await port.recordEmptyAt(pool, undefined);
    expect(await port.findEmptyAt(pool)).toBeUndefined();
    await port.recordEmptyAt(pool, NOW + MINUTE);
    expect(await port.findEmptyAt(pool)).toBe(NOW + MINUTE);
  });
}
