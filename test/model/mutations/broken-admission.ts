// Broken guards around the lease: units, admission, queues, one-time values.
import { broken, type Mutation, SENTENCES } from '../search/breaking.ts';

export const BROKEN_ADMISSION: readonly Mutation[] = [
  {
    guard: 'give-back: once',
    hunt: 'steps',
    breaks: SENTENCES.quota,
    under: broken('quota', (whole) => ({
      async refund(...given) {
        await whole.refund(...given);
        await whole.refund(...given);
      },
    })),
  },
  {
    guard: 'give-back: of a job that nobody ever had',
    hunt: 'steps',
    breaks: SENTENCES.quota,
    under: broken('jobs', (whole) => ({
      async end(read, end) {
        const change = await whole.end(read, end);
        return change.done ? { ...change, job: { ...change.job, fence: 0 } } : change;
      },
    })),
  },
  {
    guard: 'give-back: at all',
    hunt: 'steps',
    breaks: SENTENCES.quota,
    under: broken('quota', () => ({ refund: async () => {} })),
  },
  {
    guard: 'quota: one unit for one job',
    hunt: 'steps',
    breaks: SENTENCES.quota,
    under: broken('quota', (whole) => ({
      take: (accountId, units, limits, nowMs) => whole.take(accountId, 2 * units, limits, nowMs),
    })),
  },
  {
    guard: 'admission: a row that is there stays',
    hunt: 'race',
    breaks: 'a row is made once',
    under: broken('jobs', (_whole, { rows }) => ({
      async create(job) {
        rows.set(job.jobId, job);
        return { done: true, job };
      },
    })),
  },
  {
    guard: 'admission: the row before the message',
    hunt: 'steps',
    breaks: 'a message names a row that is there',
    over: (ports) => ({
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
    guard: 'admission: 202 when the row is there',
    hunt: 'steps',
    breaks: 'an answer says what is so',
    under: broken('jobs', () => ({ create: async (job) => ({ done: true, job }) })),
  },
  {
    guard: 'admission: 202 when the message is sent',
    hunt: 'steps',
    breaks: '202 follows row and message',
    under: broken('queues', () => ({ send: async () => {} })),
  },
  {
    guard: 'cancel: only one’s own job',
    hunt: 'tenants',
    breaks: SENTENCES.tenants,
    under: broken('jobs', (whole, { observer }) => ({
      async find(jobId) {
        const { actor } = observer;
        const job = await whole.find(jobId);
        return job && actor.kind === 'partner' ? { ...job, accountId: actor.accountId } : job;
      },
    })),
  },
  {
    guard: 'pull: the same bytes again get the leases of the first',
    hunt: 'steps',
    from: 'each agent has a job',
    breaks: 'a repeated pull gets the leases that it holds',
    under: broken('oneTimeValues', () => ({ findPull: async () => undefined })),
  },
  {
    guard: 'pull: leases once for one signature',
    hunt: 'steps',
    breaks: 'a signed pull takes leases once',
    under: broken('oneTimeValues', () => ({ claim: async () => true })),
  },
];
