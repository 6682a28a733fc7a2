// What every reader of key rings must do: give the masters, follow a new one in time, and outlive a service that fails.
import { expect, it } from 'vitest';
import { DependencyUnavailable, type KeyRings } from '../../lib/relay/ports.ts';

export interface KeyRingsContractPorts {
  readonly rings: KeyRings;
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

  it('fails as a dependency when the service fails and nothing was read before', async () => {
    const { rings, fail } = await makePorts(JSON.stringify({ 1: MASTER }));
    await fail();
    await expect(rings.read()).rejects.toThrow(DependencyUnavailable);
  });
}
