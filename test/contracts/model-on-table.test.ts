// The model's steps on the real table: at every step the adapters must return the same as the stores in memory.
import { isDeepStrictEqual } from 'node:util';
import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createEvidenceStore } from '../../lib/aws/stores/dynamodb-evidence.ts';
import { createJobStore } from '../../lib/aws/stores/dynamodb-jobs.ts';
import { createOneTimeValues } from '../../lib/aws/stores/dynamodb-one-time-values.ts';
import { createQuotaLedger } from '../../lib/aws/stores/dynamodb-quota.ts';
import type { Mutation } from '../model/search/mutation.ts';
import { perform } from '../model/system/perform.ts';
import type { RelayPorts } from '../model/system/relay-in-memory.ts';
import { createSmallCase } from '../model/system/small-case.ts';
import { unique } from '../support/relay/samples.ts';
import { type RealServices, startRealServices } from '../support/services/real-services.ts';

let services: RealServices;
beforeAll(async () => {
  services = await startRealServices();
});
afterAll(() => services.stop());

/** Returns a port that makes each call to both stores, and records a difference between their results. */
function compareStores<P extends object>(name: string, memory: P, real: object, differences: string[]): P {
  return new Proxy(memory, {
    get(target, method) {
      const [inMemory, inTable] = [Reflect.get(target, method), Reflect.get(real, method)];
      if (typeof inMemory !== 'function' || typeof inTable !== 'function') return inMemory;
      return async (...parameters: unknown[]) => {
        const [expected, found] = [await inMemory.apply(target, parameters), await inTable.apply(real, parameters)];
        if (!isDeepStrictEqual(normalize(expected), normalize(found)))
          differences.push(
            `${name}.${String(method)}: ${JSON.stringify(expected)} in memory, ${JSON.stringify(found)} in the table`,
          );
        return expected;
      };
    },
  });
}

/** Returns the value without undefined fields, and with lists in a fixed order. */
function normalize(value: unknown): unknown {
  const data = value === undefined ? undefined : JSON.parse(JSON.stringify(value));
  return Array.isArray(data) ? data.toSorted((a, b) => (a.jobId < b.jobId ? -1 : 1)) : data;
}

const onBoth = (differences: string[]): Pick<Mutation, 'replacePorts'> => ({
  replacePorts({ ports }): RelayPorts {
    const { table } = services;
    return {
      ...ports,
      jobs: compareStores('jobs', ports.jobs, createJobStore(table), differences),
      evidence: compareStores('evidence', ports.evidence, createEvidenceStore(table), differences),
      quota: compareStores('quota', ports.quota, createQuotaLedger(table), differences),
      oneTimeValues: compareStores('oneTimeValues', ports.oneTimeValues, createOneTimeValues(table), differences),
    };
  },
});

it('returns the same from the table as from memory, in random walks of the model', async () => {
  const walk = fc.array(fc.nat(1_000), { minLength: 15, maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(walk, async (choices) => {
      const small = createSmallCase({ accountId: unique('model') });
      const differences: string[] = [];
      let { memories } = small.initial;
      for (const choice of choices) {
        const transitionsFrom = small.transitionsFrom({ ...small.initial, memories, faultBudget: 1 });
        const transition = transitionsFrom[choice % transitionsFrom.length];
        if (transition?.kind === 'environment') transition.apply(small.relay);
        if (transition?.kind !== 'action') continue;
        const { answer } = await perform(small.relay, transition.action, { mutation: onBoth(differences) });
        memories = small.remember(memories, transition, answer);
        expect([...differences, ...small.relay.observer.violations]).toEqual([]);
      }
    }),
    { numRuns: 12 },
  );
});
