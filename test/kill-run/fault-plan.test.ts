// Fault plans: a seed always gives the same plan, and every plan lets the run end.
import { assert, integer, property, record } from 'fast-check';
import { expect, test } from 'vitest';
import { type FaultCounts, planFaults } from './fault-plan.ts';
import { createSeededRandom } from './seeded-random.ts';

const few = integer({ min: 0, max: 6 });
const counts = record<FaultCounts>({
  kill_agent: few,
  kill_cloud: few,
  kill_all: few,
  freeze_agent: few,
  duplicate: few,
  step_clock: few,
  plant_stale: few,
});
const size = record({ jobs: integer({ min: 1, max: 600 }), agents: integer({ min: 2, max: 4 }), counts });
const seeds = integer({ min: 0, max: 1_000_000 });

test('returns the same plan for the same seed, and another plan for another seed', () => {
  assert(
    property(seeds, size, (seed, input) => {
      expect(planFaults(createSeededRandom(seed), input)).toEqual(planFaults(createSeededRandom(seed), input));
    }),
  );
  const input = {
    jobs: 500,
    agents: 3,
    counts: { kill_agent: 5, kill_cloud: 1, kill_all: 1, freeze_agent: 1, duplicate: 1, step_clock: 1, plant_stale: 1 },
  };
  expect(planFaults(createSeededRandom(1), input)).not.toEqual(planFaults(createSeededRandom(2), input));
});

test('contains the requested number of each fault, in order, all before the last job has ended', () => {
  assert(
    property(seeds, size, (seed, input) => {
      const plan = planFaults(createSeededRandom(seed), input);
      for (const [kind, count] of Object.entries(input.counts))
        expect(plan.filter((fault) => fault.kind === kind)).toHaveLength(count);
      const times = plan.map(({ afterJobs }) => afterJobs);
      expect(times).toEqual(times.toSorted((a, b) => a - b));
      expect(times.every((time) => time >= 0 && time < input.jobs)).toBe(true);
    }),
  );
});

test('thaws every frozen agent later, and never freezes the last agent', () => {
  assert(
    property(seeds, size, (seed, input) => {
      const plan = planFaults(createSeededRandom(seed), input);
      const freezes = plan.filter(({ kind }) => kind === 'freeze_agent' || kind === 'thaw_agent');
      const balance = new Map<number, number>();
      for (const { kind, agent } of freezes) {
        const now = (balance.get(agent) ?? 0) + (kind === 'freeze_agent' ? 1 : -1);
        expect(now).toBeGreaterThanOrEqual(0);
        balance.set(agent, now);
      }
      expect([...balance.values()].every((left) => left === 0)).toBe(true);
      expect(balance.has(input.agents - 1)).toBe(false);
    }),
  );
});
