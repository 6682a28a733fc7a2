// What every reader of key rings must do: give the masters, follow a new one in time, and outlive a service that fails.
import { expect, it } from 'vitest';
import { DependencyUnavailable, type KeyRingKeeper } from '../../../lib/relay/model/ports.ts';

export interface KeyRingsContractPorts {
  readonly rings: KeyRingKeeper;
  store(text: string): Promise<void>;
  /** From now on the service behind does not answer. */
  fail(): Promise<void>;
  /** Lets as much time pass on the reader's clock as it may keep a ring for. */
  passCacheTime(): void;
}

const MASTER = 'ab'.repeat(32);

export function describeKeyRingsContract(makePorts: (text: string) => Promise<KeyRingsContractPorts>): void {
  it('gives the masters and the current one', async () => {
    const { rings } = await makePorts(JSON.stringify({ 1: '00'.repeat(32), 2: MASTER }));
    const ring = await rings.read();
    expect(ring.current).toBe(2);
    expect(ring.masters.get(2)?.toString('hex')).toBe(MASTER);
  });

  it('sees a master that was added', async () => {
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

  it('gains a master behind the newest, and keeps the others', async () => {
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

  it('gains nothing from whoever has read it before another gained', async () => {
    const { rings } = await makePorts(JSON.stringify({ 1: MASTER }));
    const read = await rings.readCurrent();
    expect(await rings.append(read, Buffer.alloc(32, 2))).toBe(true);
    expect(await rings.append(read, Buffer.alloc(32, 9))).toBe(false);
    const { ring } = await rings.readCurrent();
    expect([ring.current, ring.masters.get(2)]).toEqual([2, Buffer.alloc(32, 2)]);
  });

  it('of several who append at once to what they have read, one does', async () => {
    const { rings } = await makePorts(JSON.stringify({ 1: MASTER }));
    const read = await rings.readCurrent();
    const appended = await Promise.all([2, 3, 4, 5].map((byte) => rings.append(read, Buffer.alloc(32, byte))));
    expect(appended.filter(Boolean)).toHaveLength(1);
    const { ring } = await rings.readCurrent();
    expect([ring.masters.size, ring.masters.get(2)]).toEqual([2, Buffer.alloc(32, appended.indexOf(true) + 2)]);
  });

  it('takes no master of another size', async () => {
    const { rings } = await makePorts(JSON.stringify({ 1: MASTER }));
    await expect(rings.append(await rings.readCurrent(), Buffer.alloc(31))).rejects.toThrow('256 bits');
    expect((await rings.readCurrent()).ring.masters.size).toBe(1);
  });

  it('never gives an old ring to whoever wants the standing one', async () => {
    const { rings, store, fail } = await makePorts(JSON.stringify({ 1: MASTER }));
    await rings.read();
    await store(JSON.stringify({ 1: MASTER, 2: '11'.repeat(32) }));
    expect((await rings.readCurrent()).ring.current).toBe(2);
    await fail();
    await expect(rings.readCurrent()).rejects.toThrow(DependencyUnavailable);
  });

  it('fails as a dependency when the service fails and nothing was read before', async () => {
    const { rings, fail } = await makePorts(JSON.stringify({ 1: MASTER }));
    await fail();
    await expect(rings.read()).rejects.toThrow(DependencyUnavailable);
  });
}
