// The order of checks: of two things that are wrong the earlier is answered, and nothing later was touched by then.
import { describe, expect, it } from 'vitest';
import { REFERENCE, tableUnder } from '../../docs/documents.ts';
import { quoted, tablesUnder } from '../../docs/wire-document.ts';
import { createFaultyProcess } from '../../support/faults/fault-port.ts';
import { used } from '../../support/relay/batches.ts';
import type { World } from '../../support/relay/world.ts';
import { PARTNER_WAYS } from '../../support/signing/partner-ways.ts';
import { type Fault, prepareFaults, STEPS } from './two-faults.ts';

const placeOf = (fault: Fault) => STEPS.findIndex(({ faults }) => faults.includes(fault));
const placeOfWord = (word: string) => STEPS.findIndex((step) => step.word === word);

/** What a request may leave behind. */
const stateOf = (world: World) => ({
  oneTimeValues: world.ports.oneTimeValues.count(),
  jobs: world.ports.jobs.all(),
  messages: world.ports.queues.sent.length,
  units: used(world),
});

describe.each(PARTNER_WAYS)('under $name', (way) => {
  const isPossible = (fault: Fault) => fault.isPossible?.(way) ?? true;
  const steps = STEPS.map(({ faults }) => faults.filter(isPossible)).filter((faults) => faults.length > 0);
  const pairs = steps.flatMap((faults, index) =>
    faults.flatMap((earlier) => (steps[index + 1] ?? []).map((later) => ({ earlier, later }))),
  );

  async function carryOut(faults: readonly Fault[]) {
    const { world, request } = await prepareFaults(way, faults);
    const before = stateOf(world);
    const { ports, calls } = createFaultyProcess({ ...world.ports });
    const answer = await world.askProcess(ports)(request);
    return { answer, calls, before, after: stateOf(world) };
  }

  it.each(steps.flat())('$name alone is $problem', async (fault) => {
    expect((await carryOut([fault])).answer.json.code).toBe(fault.problem);
  });

  it('nothing wrong is 202', async () => {
    expect((await carryOut([])).answer.status).toBe(202);
  });

  it.each(pairs)('of $earlier.name and $later.name the first is answered', async ({ earlier, later }) => {
    const alone = await carryOut([earlier]);
    const { answer, calls, before, after } = await carryOut([earlier, later]);
    expect(answer.json).toMatchObject({ code: earlier.problem, title: alone.answer.json.title });
    expect(answer.json.errors).toEqual(alone.answer.json.errors);
    expect(withoutClaim(after)).toEqual(withoutClaim(before));
    expect(after.oneTimeValues - before.oneTimeValues).toBe(Number(placeOf(earlier) > placeOfWord('one-time value')));
    expect(calls.filter(isAhead(placeOf(earlier)))).toEqual([]);
  });
});

const withoutClaim = ({ oneTimeValues: _, ...state }: ReturnType<typeof stateOf>) => state;

/** From which step on a port may be asked at all. */
const ASKED_FROM = {
  inboundRing: 'key and signature',
  directory: 'key and signature',
  oneTimeValues: 'one-time value',
  keyUses: 'schema',
  jobs: 'idempotency key',
  quota: 'quota',
} as const;

/** True of a call that belongs to a later step than the one that refused. */
function isAhead(place: number): (call: string) => boolean {
  const allowed = Object.entries(ASKED_FROM).filter(([, word]) => placeOfWord(word) <= place);
  return (call) => !allowed.some(([port]) => call.startsWith(`${port}.`));
}

describe('what is written of the order', () => {
  it('in the reference is this order', () => {
    const written = tableUnder(REFERENCE, 'Order of checks').map(([, , codes = '']) => codes.split(', ').toSorted());
    const codes = STEPS.map(({ faults }) => [...new Set(faults.map(({ problem }) => problem))].toSorted());
    expect(written).toEqual(codes);
  });

  it('in the wire document is this order, as far as it goes', () => {
    const rows = tablesUnder('How a request is verified')[0] ?? [];
    const written = rows.map(([, , refusals]) => quoted(refusals).toSorted()).filter((codes) => codes.length > 0);
    const ends = STEPS.findIndex(({ word }) => word === 'schema');
    const codes = STEPS.slice(0, ends).map(({ faults }) =>
      [...new Set(faults.map(({ problem }) => problem))].toSorted(),
    );
    expect(written).toEqual(codes);
  });
});
