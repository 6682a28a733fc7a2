// Mutations that break the guards of quota, admission, queues and one-time values.
import { INVARIANTS, type Mutation, replaceMethods } from '../search/mutation.ts';

export const BROKEN_ADMISSION: readonly Mutation[] = [
  {
    guard: 'refund: once for each job',
    strategy: 'steps',
    violates: INVARIANTS.quota,
    replacePorts: replaceMethods('quota', (original) => ({
      async refund(...parameters) {
        await original.refund(...parameters);
        await original.refund(...parameters);
      },
    })),
  },
  {
    guard: 'refund: only for a job that was never leased',
    strategy: 'steps',
    violates: INVARIANTS.quota,
    replacePorts: replaceMethods('jobs', (original) => ({
      async end(read, end) {
        const change = await original.end(read, end);
        return change.done ? { ...change, job: { ...change.job, fence: 0 } } : change;
      },
    })),
  },
  {
    guard: 'refund: for every job that ends unused',
    strategy: 'steps',
    violates: INVARIANTS.quota,
    replacePorts: replaceMethods('quota', () => ({ refund: async () => {} })),
  },
  {
    guard: 'quota: one unit for one job',
    strategy: 'steps',
    violates: INVARIANTS.quota,
    replacePorts: replaceMethods('quota', (original) => ({
      take: (accountId, units, limits, nowMs) => original.take(accountId, 2 * units, limits, nowMs),
    })),
  },
  {
    guard: 'admission: an existing row is not replaced',
    strategy: 'race',
    violates: 'a row is created once',
    replacePorts: replaceMethods('jobs', (_original, { rows }) => ({
      async create(job) {
        rows.set(job.jobId, job);
        return { done: true, job };
      },
    })),
  },
  {
    guard: 'admission: the row before the message',
    strategy: 'steps',
    violates: 'a message names an existing row',
    wrapPorts: (ports) => ({
      ...ports,
      jobs: {
        ...ports.jobs,
        async create(job, nowMs) {
          await ports.queues.send(job, job);
          return ports.jobs.create(job, nowMs);
        },
      },
    }),
  },
  {
    guard: 'admission: a 202 only when the row exists',
    strategy: 'steps',
    violates: 'an answer agrees with the rows',
    replacePorts: replaceMethods('jobs', () => ({ create: async (job) => ({ done: true, job }) })),
  },
  {
    guard: 'admission: a 202 only when the message is sent',
    strategy: 'steps',
    violates: 'a 202 is answered only after row and message',
    replacePorts: replaceMethods('queues', () => ({ send: async () => {} })),
  },
  {
    guard: 'cancel: only a job of the caller’s account',
    strategy: 'tenants',
    violates: INVARIANTS.tenants,
    replacePorts: replaceMethods('jobs', (original, { observer }) => ({
      async find(jobId) {
        const { actor } = observer;
        const job = await original.find(jobId);
        return job && actor.kind === 'partner' ? { ...job, accountId: actor.accountId } : job;
      },
    })),
  },
  {
    guard: 'pull: a repeat of the same bytes gets the leases of the first',
    strategy: 'steps',
    from: 'each agent has a job',
    violates: 'a repeated pull returns the leases that the agent holds',
    replacePorts: replaceMethods('oneTimeValues', () => ({ findPull: async () => undefined })),
  },
  {
    guard: 'pull: leases once for one signature',
    strategy: 'steps',
    violates: 'a signed pull takes leases once',
    replacePorts: replaceMethods('oneTimeValues', () => ({ claim: async () => true })),
  },
];
