// The model's steps on the real table: at every step the adapters must find, change and refuse what the stores in memory do.
import { isDeepStrictEqual } from 'node:util';
import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createEvidenceStore } from '../../lib/aws/stores/dynamodb-evidence.ts';
import { createJobStore } from '../../lib/aws/stores/dynamodb-jobs.ts';
import { createOneTimeValues } from '../../lib/aws/stores/dynamodb-one-time-values.ts';
import { createQuotaLedger } from '../../lib/aws/stores/dynamodb-quota.ts';
import type { Mutation } from '../model/search/breaking.ts';
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

/** Each call is made to both, one after the other; where they differ, it says so. */
function sideBySide<P extends object>(name: string, memory: P, real: object, differences: string[]): P {
  return new Proxy(memory, {
    get(target, method) {
      const [one, other] = [Reflect.get(target, method), Reflect.get(real, method)];
      if (typeof one !== 'function' || typeof other !== 'function') return one;
      return async (...given: unknown[]) => {
        const [expected, found] = [await one.apply(target, given), await other.apply(real, given)];
        if (!isDeepStrictEqual(plain(expected), plain(found)))
          differences.push(
            `${name}.${String(method)}: ${JSON.stringify(expected)} in memory, ${JSON.stringify(found)} there`,
          );
        return expected;
      };
    },
  });
}

/** In no order, and without what is not there. */
function plain(value: unknown): unknown {
  const data = value === undefined ? undefined : JSON.parse(JSON.stringify(value));
  return Array.isArray(data) ? data.toSorted((one, other) => (one.jobId < other.jobId ? -1 : 1)) : data;
}

const onBoth = (differences: string[]): Pick<Mutation, 'under'> => ({
  under({ ports }): RelayPorts {
    const { table } = services;
    return {
      ...ports,
      jobs: sideBySide('jobs', ports.jobs, createJobStore(table), differences),
      evidence: sideBySide('evidence', ports.evidence, createEvidenceStore(table), differences),
      quota: sideBySide('quota', ports.quota, createQuotaLedger(table), differences),
      oneTimeValues: sideBySide('oneTimeValues', ports.oneTimeValues, createOneTimeValues(table), differences),
    };
  },
});

it('whatever happens, each store in the table says and does what the one in memory does', async () => {
  const walk = fc.array(fc.nat(1_000), { minLength: 15, maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(walk, async (choices) => {
      const small = createSmallCase({ accountId: unique('model') });
      const differences: string[] = [];
      let { minds } = small.blank;
      for (const choice of choices) {
        const happenings = small.happenings({ ...small.blank, minds, adversities: 1 });
        const happening = happenings[choice % happenings.length];
        if (happening?.kind === 'shift') happening.apply(small.relay);
        if (happening?.kind !== 'act') continue;
        const { answer } = await perform(small.relay, happening.act, { mutation: onBoth(differences) });
        minds = small.remember(minds, happening, answer);
        expect([...differences, ...small.relay.observer.broken]).toEqual([]);
      }
    }),
    { numRuns: 12 },
  );
});
