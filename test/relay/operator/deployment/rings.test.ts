// Key rings as operators see them: numbers and times, never a master; and none is lost, however many rotate at once.
import { inspect } from 'node:util';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rotateRing, showRing } from '../../../../lib/relay/operator/deployment/rings.ts';
import { createInMemoryKeyRings } from '../../../support/in-memory/key-rings.ts';
import { codeOf, unwrap } from '../keys/key-tools.ts';

const MASTER = 'ab'.repeat(32);

function ready() {
  const inboundRing = createInMemoryKeyRings(JSON.stringify({ 1: MASTER }));
  const outboundRing = createInMemoryKeyRings(JSON.stringify({ 1: MASTER }));
  let drawn = 0;
  const randomBytes = (count: number) => {
    drawn += 1;
    return Buffer.alloc(count, drawn);
  };
  return { inboundRing, outboundRing, randomBytes };
}

describe('a rotation of a ring', () => {
  it('adds a master to this direction’s ring and leaves the other as it is', async () => {
    const ports = ready();
    expect(unwrap(await rotateRing(ports, 'outbound'))).toMatchObject({
      direction: 'outbound',
      current: 2,
      masters: [1, 2],
    });
    expect(unwrap(await showRing(ports, 'inbound'))).toMatchObject({ direction: 'inbound', current: 1, masters: [1] });
    const { ring } = await ports.outboundRing.readCurrent();
    expect([...ring.masters.values()].map((master) => master.toString('hex'))).toEqual([MASTER, '01'.repeat(32)]);
  });

  it('of several at once each adds its own: none is lost', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.integer({ min: 2, max: 4 }), async (scheduler, operators) => {
        const ports = ready();
        const { inboundRing } = ports;
        // Every step of everybody in any order.
        const slow = {
          ...inboundRing,
          readCurrent: scheduler.scheduleFunction(() => inboundRing.readCurrent()),
          append: scheduler.scheduleFunction(inboundRing.append),
        };
        const rotations = Array.from({ length: operators }, () =>
          rotateRing({ ...ports, inboundRing: slow }, 'inbound'),
        );
        const outcomes = await scheduler.waitFor(Promise.all(rotations));
        expect(outcomes.map(codeOf)).toEqual(outcomes.map(() => 'done'));
        const { ring } = await inboundRing.readCurrent();
        expect([ring.current, ring.masters.size, ring.masters.get(1)?.toString('hex')]).toEqual([
          operators + 1,
          operators + 1,
          MASTER,
        ]);
      }),
      { numRuns: 50 },
    );
  });

  it('that loses every race says so', async () => {
    const ports = ready();
    const inboundRing = { ...ports.inboundRing, append: async () => false };
    expect(codeOf(await rotateRing({ ...ports, inboundRing }, 'inbound'))).toBe('changed_meanwhile');
  });
});

it('what is shown of a ring has no master in it', async () => {
  const ports = ready();
  unwrap(await rotateRing(ports, 'inbound'));
  const view = unwrap(await showRing(ports, 'inbound'));
  const shown = JSON.stringify(view) + inspect(view, { depth: 9 });
  for (const master of [MASTER, '01'.repeat(32)]) expect(shown).not.toContain(master.slice(0, 8));
});
