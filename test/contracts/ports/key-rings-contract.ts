// The contract of key rings: a reader returns the masters, sees a new one in time, and keeps the ring if the service fails.
import { expect, it } from 'vitest';
import { DependencyUnavailable, type KeyRingKeeper } from '../../../lib/relay/model/ports.ts';

export interface KeyRingsContractPorts {
  readonly rings: KeyRingKeeper;
  store(text: string): Promise<void>;
  /** Makes the service fail from now on. */
  fail(): Promise<void>;
  /** Lets the cache of the reader expire. */
  passCacheTime(): void;
}

const MASTER = 'ab'.repeat(32);

/** Describes the tests that every key ring must pass. */
export function describeKeyRingsContract(makePorts: (text: string) => Promise<KeyRingsContractPorts>): void {
  it('returns the masters and the number of the current one', async () => {
    const { rings } = await makePorts(JSON.stringify({ 1: '00'.repeat(32), 2: MASTER }));
    const ring = await rings.read();
    expect(ring.current).toBe(2);
    expect(ring.masters.get(2)?.toString('hex')).toBe(MASTER);
  });

  it('sees an added master after the cache has expired', async () => {
    const { rings, store, passCacheTime } = await makePorts(JSON.stringify({ 1: MASTER }));
    expect((await rings.read()).current).toBe(1);
    await store(JSON.stringify({ 1: MASTER, 2: '11'.repeat(32) }));
    passCacheTime();
    expect((await rings.read()).current).toBe(2);
  });

  it('keeps the last ring when the service fails', async () => {
    const { rings, fail, passCacheTime } = await makePorts(JSON.stringify({ 1: MASTER }));
    await rings.read();
    await fail();
    passCacheTime();
    expect((await rings.read()).masters.get(1)?.toString('hex')).toBe(MASTER);
  });

  it('appends a master after the newest, and keeps the others', async () => {
    const { rings } = await makePorts(JSON.stringify({ 1: '00'.repeat(32), 2: MASTER }));
    expect(await rings.append(await rings.readCurrent(), Buffer.alloc(32, 3))).toBe(true);
    const { ring } = await rings.readCurrent();
    const masters = [...ring.masters].map(([number, master]) => [number, master.toString('hex')]);
    expect([ring.current, masters]).toEqual([
      3,
      [
        [1, '00'.repeat(32)],
        [2, MASTER],
        [3, '03'.repeat(32)],
      ],
    ]);
    expect((await rings.read(3)).current).toBe(3);
  });

  it('refuses to append if the ring has changed since it was read', async () => {
    const { rings } = await makePorts(JSON.stringify({ 1: MASTER }));
    const read = await rings.readCurrent();
    expect(await rings.append(read, Buffer.alloc(32, 2))).toBe(true);
    expect(await rings.append(read, Buffer.alloc(32, 9))).toBe(false);
    const { ring } = await rings.readCurrent();
    expect([ring.current, ring.masters.get(2)]).toEqual([2, Buffer.alloc(32, 2)]);
  });

  it('appends one master when several calls append to the same reading', async () => {
    const { rings } = await makePorts(JSON.stringify({ 1: MASTER }));
    const read = await rings.readCurrent();
    const appended = await Promise.all([2, 3, 4, 5].map((byte) => rings.append(read, Buffer.alloc(32, byte))));
    expect(appended.filter(Boolean)).toHaveLength(1);
    const { ring } = await rings.readCurrent();
    expect([ring.masters.size, ring.masters.get(2)]).toEqual([2, Buffer.alloc(32, appended.indexOf(true) + 2)]);
  });

  it('refuses a master of another size', async () => {
    const { rings } = await makePorts(JSON.stringify({ 1: MASTER }));
    await expect(rings.append(await rings.readCurrent(), Buffer.alloc(31))).rejects.toThrow('256 bits');
    expect((await rings.readCurrent()).ring.masters.size).toBe(1);
  });

  it('never returns a cached ring as the current one', async () => {
    const { rings, store, fail } = await makePorts(JSON.stringify({ 1: MASTER }));
    await rings.read();
    await store(JSON.stringify({ 1: MASTER, 2: '11'.repeat(32) }));
    expect((await rings.readCurrent()).ring.current).toBe(2);
    await fail();
    await expect(rings.readCurrent()).rejects.toThrow(DependencyUnavailable);
  });

  it('throws DependencyUnavailable if the service fails and nothing was read before', async () => {
    const { rings, fail } = await makePorts(JSON.stringify({ 1: MASTER }));
    await fail();
    await expect(rings.read()).rejects.toThrow(DependencyUnavailable);
  });
}
