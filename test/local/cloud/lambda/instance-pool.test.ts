// The instances of one function, with fake instances that start and end when the test says so.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { FunctionInstance } from '../../../../lib/local/cloud/lambda/function-instance.ts';
import { createInstancePool } from '../../../../lib/local/cloud/lambda/instance-pool.ts';

class ControlledInstance implements FunctionInstance {
  readonly #starting = Promise.withResolvers<void>();
  isAlive = true;
  isStarting = true;
  readonly started = this.#starting.promise;

  settle(isAlive: boolean): void {
    this.isAlive = isAlive;
    this.isStarting = false;
    this.#starting.resolve();
  }

  invoke = async () => '';
  end = async () => {
    this.isAlive = false;
  };
}

function makePool({ concurrency = 10, startsAtOnce = 2 } = {}) {
  const made: ControlledInstance[] = [];
  const start = () => {
    const instance = new ControlledInstance();
    made.push(instance);
    return instance;
  };
  const pool = createInstancePool({ functionName: 'links', concurrency, startsAtOnce, start });
  const taken: ControlledInstance[] = [];
  const take = () => void pool.acquire().then((instance) => taken.push(instance as ControlledInstance));
  return { pool, made, taken, take };
}

/** Resolves when everything that is promised has happened. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

test('starts two instances at once for a cold burst, and serves waiters with warm ones', async () => {
  const { pool, made, taken, take } = makePool();
  for (let call = 0; call < 20; call += 1) take();
  expect(made).toHaveLength(2);
  made[0]?.settle(true);
  await settled();
  expect([made.length, taken.length]).toEqual([3, 1]);
  for (let call = 1; call < 20; call += 1) {
    pool.release(taken[call - 1] as ControlledInstance);
    await settled();
  }
  expect([taken.length, new Set(taken).size, made.length]).toEqual([20, 1, 3]);
});

test('passes an instance that failed to start to a waiter, who gets the reason, and starts a new one for the next', async () => {
  const { pool, made, taken, take } = makePool({ startsAtOnce: 1 });
  take();
  take();
  made[0]?.settle(false);
  await settled();
  expect(taken).toEqual([made[0]]);
  pool.release(taken[0] as ControlledInstance);
  made[1]?.settle(true);
  await settled();
  expect(taken).toEqual([made[0], made[1]]);
});

test('rejects waiters and ends loading instances when it is stopped', async () => {
  const { pool, made } = makePool();
  const waiting = pool.acquire();
  await pool.stop();
  await expect(waiting).rejects.toThrow('The function links was stopped.');
  await expect(pool.acquire()).rejects.toThrow('The function links was stopped.');
  expect(made.map(({ isAlive }) => isAlive)).toEqual([false]);
});

test('never shares an instance, keeps its limits and serves every caller, in any order of events', async () => {
  const steps = fc.array(fc.constantFrom('take', 'start', 'fail', 'done', 'die'), { maxLength: 60 });
  const bounds = fc.record({
    concurrency: fc.integer({ min: 1, max: 5 }),
    startsAtOnce: fc.integer({ min: 1, max: 3 }),
  });
  await fc.assert(
    fc.asyncProperty(steps, bounds, async (order, { concurrency, startsAtOnce }) => {
      const { pool, made, taken, take } = makePool({ concurrency, startsAtOnce });
      const inUse: ControlledInstance[] = [];
      let requested = 0;
      const check = async () => {
        await settled();
        inUse.push(...taken.splice(0));
        expect(new Set(inUse).size).toBe(inUse.length);
        expect(made.filter(({ isStarting }) => isStarting).length).toBeLessThanOrEqual(startsAtOnce);
        expect(made.filter(({ isAlive }) => isAlive).length).toBeLessThanOrEqual(concurrency);
      };
      let served = 0;
      const finish = (isAlive: boolean) => {
        const instance = inUse.shift();
        if (!instance) return;
        instance.isAlive &&= isAlive;
        served += 1;
        pool.release(instance);
      };
      const settle = (isAlive: boolean) => made.find(({ isStarting }) => isStarting)?.settle(isAlive);
      const acts = {
        start: () => settle(true),
        fail: () => settle(false),
        done: () => finish(true),
        die: () => finish(false),
      };
      for (const step of order) {
        if (step === 'take') {
          requested += 1;
          take();
        } else acts[step]();
        await check();
      }
      for (let round = 0; round <= 2 * requested; round += 1) {
        settle(true);
        finish(true);
        await check();
      }
      expect(served).toBe(requested);
    }),
    { numRuns: 100 },
  );
});
