// Mutations that break the guards of results: who may report, and which evidence is stored.

import { isOpen } from '../search/invariants.ts';
import { force, holding, INVARIANTS, isHeldBy, type Mutation, replaceMethods } from '../search/mutation.ts';

export const BROKEN_RESULTS: readonly Mutation[] = [
  {
    guard: 'result: only under its fence and by its agent, even just after a new lease',
    strategy: 'freeze',
    violates: INVARIANTS.holders,
    replacePorts: holding('complete', 'fence', 'agentId'),
  },
  {
    guard: 'result: only for an open job',
    strategy: 'freeze',
    violates: INVARIANTS.ended,
    replacePorts: replaceMethods('jobs', (original, relay) => ({
      async complete(hold, end) {
        const { result, evidenceSha256 } = end;
        const change = await original.complete(hold, end);
        if (change.done || !change.job || isOpen(change.job)) return change;
        return force(relay, hold, (job) => ({ ...job, state: 'completed', result, evidenceSha256 }));
      },
    })),
  },
  {
    guard: 'result: removes dueAt',
    strategy: 'steps',
    violates: INVARIANTS.dueAt,
    replacePorts: replaceMethods('jobs', (original, relay) => ({
      async complete(hold, end) {
        const job = relay.rows.get(hold.jobId);
        if (!isHeldBy(job, hold)) return original.complete(hold, end);
        const { result, evidenceSha256 } = end;
        return force(relay, hold, (row) => ({ ...row, state: 'completed', result, evidenceSha256 }));
      },
    })),
  },
  {
    guard: 'result: the evidence is stored',
    strategy: 'steps',
    violates: INVARIANTS.evidence,
    replacePorts: replaceMethods('evidence', () => ({ save: async () => true })),
  },
  {
    guard: 'result: the evidence is stored before the job is completed',
    strategy: 'steps',
    violates: INVARIANTS.evidence,
    wrapPorts: (ports) => {
      const late: (() => Promise<unknown>)[] = [];
      return {
        ...ports,
        evidence: {
          ...ports.evidence,
          async save(...parameters) {
            late.push(() => ports.evidence.save(...parameters));
            return true;
          },
        },
        jobs: {
          ...ports.jobs,
          async complete(...parameters) {
            const change = await ports.jobs.complete(...parameters);
            for (const save of late) await save();
            return change;
          },
        },
      };
    },
  },
  {
    guard: 'result: evidence of an earlier lease does not replace that of a later one',
    strategy: 'freeze',
    violates: INVARIANTS.evidence,
    replacePorts: replaceMethods('evidence', (_original, { evidenceRows }) => ({
      async save({ jobId, createdAt, fence }, jws) {
        evidenceRows.set(jobId, { jws, createdAt, fence });
        return true;
      },
    })),
  },
];
