// Broken guards of results: who may report, and what is kept.
import { broken, force, holding, isHeldBy, type Mutation, SENTENCES } from '../search/breaking.ts';
import { isOpen } from '../search/invariants.ts';

export const BROKEN_RESULTS: readonly Mutation[] = [
  {
    guard: 'result: only under its fence and by its agent, also when it was taken a moment ago',
    hunt: 'freeze',
    breaks: SENTENCES.holders,
    under: holding('complete', 'fence', 'agentId'),
  },
  {
    guard: 'result: only of a job that has not ended',
    hunt: 'freeze',
    breaks: SENTENCES.ended,
    under: broken('jobs', (whole, relay) => ({
      async complete(hold, end) {
        const { result, evidenceSha256 } = end;
        const change = await whole.complete(hold, end);
        if (change.done || !change.job || isOpen(change.job)) return change;
        return force(relay, hold, (job) => ({ ...job, state: 'completed', result, evidenceSha256 }));
      },
    })),
  },
  {
    guard: 'result: the alarm goes with it',
    hunt: 'steps',
    breaks: SENTENCES.alarm,
    under: broken('jobs', (whole, relay) => ({
      async complete(hold, end) {
        const job = relay.rows.get(hold.jobId);
        if (!isHeldBy(job, hold)) return whole.complete(hold, end);
        const { result, evidenceSha256 } = end;
        return force(relay, hold, (one) => ({ ...one, state: 'completed', result, evidenceSha256 }));
      },
    })),
  },
  {
    guard: 'result: the evidence is kept',
    hunt: 'steps',
    breaks: SENTENCES.evidence,
    under: broken('evidence', () => ({ save: async () => true })),
  },
  {
    guard: 'result: the evidence is kept before it counts',
    hunt: 'steps',
    breaks: SENTENCES.evidence,
    over: (ports) => {
      const late: (() => Promise<unknown>)[] = [];
      return {
        ...ports,
        evidence: {
          ...ports.evidence,
          async save(...given) {
            late.push(() => ports.evidence.save(...given));
            return true;
          },
        },
        jobs: {
          ...ports.jobs,
          async complete(...given) {
            const change = await ports.jobs.complete(...given);
            for (const save of late) await save();
            return change;
          },
        },
      };
    },
  },
  {
    guard: 'result: evidence of an earlier lease replaces none of a later',
    hunt: 'freeze',
    breaks: SENTENCES.evidence,
    under: broken('evidence', (_whole, { kept }) => ({
      async save({ jobId, createdAt, fence }, jws) {
        kept.set(jobId, { jws, createdAt, fence });
        return true;
      },
    })),
  },
];
