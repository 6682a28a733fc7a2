// The order of checks: a request with two faults is answered for the earlier one, and later steps have done nothing.
import { describe, expect, it } from 'vitest';
import { REFERENCE, tableUnder } from '../../docs/documents.ts';
import { quoted, tablesUnder } from '../../docs/wire-document.ts';
import { createFaultyProcess } from '../../support/faults/fault-port.ts';
import { used } from '../../support/relay/batches.ts';
import type { World } from '../../support/relay/world.ts';
import { PARTNER_WAYS } from '../../support/signing/partner-ways.ts';
import { type Fault, prepareFaults, STEPS } from './two-faults.ts';

const stepOf = (fault: Fault) => STEPS.findIndex(({ faults }) => faults.includes(fault));
const stepNamed = (word: string) => STEPS.findIndex((step) => step.word === word);

/** Returns everything that a request may change. */
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

  async function sendWith(faults: readonly Fault[]) {
    const { world, request } = await prepareFaults(way, faults);
    const before = stateOf(world);
    const { ports, calls } = createFaultyProcess({ ...world.ports });
    const answer = await world.askProcess(ports)(request);
    return { answer, calls, before, after: stateOf(world) };
  }

  it.each(steps.flat())('answers $name with $problem', async (fault) => {
    expect((await sendWith([fault])).answer.json.code).toBe(fault.problem);
  });

  it('answers a submission without a fault with 202', async () => {
    expect((await sendWith([])).answer.status).toBe(202);
  });

  it.each(pairs)('answers for $earlier.name, not for $later.name', async ({ earlier, later }) => {
    const alone = await sendWith([earlier]);
    const { answer, calls, before, after } = await sendWith([earlier, later]);
    expect(answer.json).toMatchObject({ code: earlier.problem, title: alone.answer.json.title });
    expect(answer.json.errors).toEqual(alone.answer.json.errors);
    expect(withoutClaim(after)).toEqual(withoutClaim(before));
    expect(after.oneTimeValues - before.oneTimeValues).toBe(Number(stepOf(earlier) > stepNamed('one-time value')));
    expect(calls.filter(isOfLaterStep(stepOf(earlier)))).toEqual([]);
  });
});

const withoutClaim = ({ oneTimeValues: _, ...state }: ReturnType<typeof stateOf>) => state;

/** The first step that may call each port. */
const FIRST_STEP_OF_PORT = {
  inboundRing: 'key and signature',
  directory: 'key and signature',
  oneTimeValues: 'one-time value',
  keyUses: 'schema',
  jobs: 'idempotency key',
  quota: 'quota',
} as const;

/** Returns a function that is true for calls that belong to a later step than the one that refused. */
function isOfLaterStep(refusingStep: number): (call: string) => boolean {
  const allowed = Object.entries(FIRST_STEP_OF_PORT).filter(([, word]) => stepNamed(word) <= refusingStep);
  return (call) => !allowed.some(([port]) => call.startsWith(`${port}.`));
}

describe('the documented order', () => {
  it('is this order in the reference', () => {
    const written = tableUnder(REFERENCE, 'Order of checks').map(([, , codes = '']) => codes.split(', ').toSorted());
    const codes = STEPS.map(({ faults }) => [...new Set(faults.map(({ problem }) => problem))].toSorted());
    expect(written).toEqual(codes);
  });

  it('is this order in the wire document, which ends before the schema', () => {
    const rows = tablesUnder('How a request is verified')[0] ?? [];
    const written = rows.map(([, , refusals]) => quoted(refusals).toSorted()).filter((codes) => codes.length > 0);
    const codes = STEPS.slice(0, stepNamed('schema')).map(({ faults }) =>
      [...new Set(faults.map(({ problem }) => problem))].toSorted(),
    );
    expect(written).toEqual(codes);
  });
});
