// Broken guards of ends and alarms: cancel, expiry, the sweep.
import { asNow, broken, force, type Mutation, SENTENCES } from '../search/breaking.ts';

export const BROKEN_SWEEP: readonly Mutation[] = [
  {
    guard: 'cancel, expiry, failure: only while the job is as it was read',
    hunt: 'race',
    breaks: SENTENCES.ended,
    under: broken('jobs', (_whole, relay) => ({
      async end(read, { state, reason, nowMs }) {
        return force(relay, read, ({ dueAt: _, leaseUntil: __, leasedAt: ___, ...job }) => ({
          ...job,
          state,
          endReason: reason,
          updatedAt: nowMs,
        }));
      },
    })),
  },
  {
    guard: 'the alarm moves only while the job is as it was read',
    hunt: 'race',
    breaks: SENTENCES.ended,
    under: broken('jobs', (_whole, relay) => ({
      moveDue: async (read, dueAt, resends) => force(relay, read, (job) => ({ ...job, dueAt, resends })),
    })),
  },
  {
    guard: 'expiry: a live lease is let finish',
    hunt: 'steps',
    breaks: 'a job ends for a reason that is there',
    under: broken('jobs', (whole, relay) => ({
      async findMany(jobIds) {
        const jobs = await whole.findMany(jobIds);
        return relay.observer.actor.kind === 'sweep' ? jobs.map((job) => ({ ...job, leaseUntil: 0 })) : jobs;
      },
      end: (read, end) => whole.end(asNow(relay, read), end),
    })),
  },
  {
    guard: 'expiry: not before the deadline',
    hunt: 'steps',
    breaks: 'a job ends for a reason that is there',
    under: broken('jobs', (whole, relay) => ({
      async findMany(jobIds) {
        const jobs = await whole.findMany(jobIds);
        return relay.observer.actor.kind === 'sweep' ? jobs.map((job) => ({ ...job, deadlineAt: 0 })) : jobs;
      },
      end: (read, end) => whole.end(asNow(relay, read), end),
    })),
  },
  {
    guard: 'sweep: sends before it moves the alarm',
    hunt: 'steps',
    breaks: 'the sweep sends before it moves the alarm',
    over: (ports, { kind }) => {
      if (kind !== 'sweep') return ports;
      const late: (() => Promise<unknown>)[] = [];
      const sendMany: typeof ports.queues.sendMany = async (...given) => {
        late.push(() => ports.queues.sendMany(...given));
        return [];
      };
      return {
        ...ports,
        queues: { ...ports.queues, sendMany },
        jobs: {
          ...ports.jobs,
          async moveDue(...given) {
            const change = await ports.jobs.moveDue(...given);
            for (const send of late) await send();
            return change;
          },
        },
      };
    },
  },
  {
    guard: 'sweep: whoever is due is looked at',
    hunt: 'end',
    breaks: SENTENCES.ends,
    under: broken('due', () => ({ async *findDue() {} })),
  },
  {
    guard: 'sweep: the alarm is set again',
    hunt: 'steps',
    breaks: SENTENCES.alarm,
    under: broken('jobs', (_whole, relay) => ({
      moveDue: async (read) => force(relay, read, ({ dueAt: _, ...job }) => job),
    })),
  },
  {
    guard: 'sweep: the alarm is not set behind the deadline',
    hunt: 'steps',
    breaks: 'the alarm is no later than the deadline and the lease',
    under: broken('jobs', (whole) => ({
      moveDue: (read, dueAt, resends) => whole.moveDue(read, dueAt + 3_600_000, resends),
    })),
  },
];
