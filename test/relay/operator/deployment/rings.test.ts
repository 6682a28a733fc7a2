// Key rings: operators see numbers and times but never a master, and rotations at the same time lose no master.
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
  it('adds a master to the ring of its direction, and does not change the other ring', async () => {
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

  it('adds one master for each of several commands at the same time', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.integer({ min: 2, max: 4 }), async (scheduler, operators) => {
        const ports = ready();
        const { inboundRing } = ports;
        // The scheduler runs the steps of all commands in any order.
        const scheduledRing = {
          ...inboundRing,
          readCurrent: scheduler.scheduleFunction(() => inboundRing.readCurrent()),
          append: scheduler.scheduleFunction(inboundRing.append),
        };
        const rotations = Array.from({ length: operators }, () =>
          rotateRing({ ...ports, inboundRing: scheduledRing }, 'inbound'),
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

  it('is refused after it has lost every race', async () => {
    const ports = ready();
    const inboundRing = { ...ports.inboundRing, append: async () => false };
    expect(codeOf(await rotateRing({ ...ports, inboundRing }, 'inbound'))).toBe('changed_meanwhile');
  });
});

it('shows no part of a master', async () => {
  const ports = ready();
  unwrap(await rotateRing(ports, 'inbound'));
  const view = unwrap(await showRing(ports, 'inbound'));
  const shown = JSON.stringify(view) + inspect(view, { depth: 9 });
  for (const master of [MASTER, '01'.repeat(32)]) expect(shown).not.toContain(master.slice(0, 8));
});
