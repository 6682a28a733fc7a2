// Mutations that break the guards of the cancel and of the sweep.
import { currentRow, force, INVARIANTS, type Mutation, replaceMethods } from '../search/mutation.ts';

export const BROKEN_SWEEP: readonly Mutation[] = [
  {
    guard: 'cancel, expiry, failure: only if the job is unchanged since it was read',
    strategy: 'race',
    violates: INVARIANTS.ended,
    replacePorts: replaceMethods('jobs', (_original, relay) => ({
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
    guard: 'dueAt: moves only if the job is unchanged since it was read',
    strategy: 'race',
    violates: INVARIANTS.ended,
    replacePorts: replaceMethods('jobs', (_original, relay) => ({
      moveDue: async (read, dueAt, resends) => force(relay, read, (job) => ({ ...job, dueAt, resends })),
    })),
  },
  {
    guard: 'expiry: not during a live lease',
    strategy: 'steps',
    violates: 'a job ends only for a valid reason',
    replacePorts: replaceMethods('jobs', (original, relay) => ({
      async findMany(jobIds) {
        const jobs = await original.findMany(jobIds);
        return relay.observer.actor.kind === 'sweep' ? jobs.map((job) => ({ ...job, leaseUntil: 0 })) : jobs;
      },
      end: (read, end) => original.end(currentRow(relay, read), end),
    })),
  },
  {
    guard: 'expiry: not before the deadline',
    strategy: 'steps',
    violates: 'a job ends only for a valid reason',
    replacePorts: replaceMethods('jobs', (original, relay) => ({
      async findMany(jobIds) {
        const jobs = await original.findMany(jobIds);
        return relay.observer.actor.kind === 'sweep' ? jobs.map((job) => ({ ...job, deadlineAt: 0 })) : jobs;
      },
      end: (read, end) => original.end(currentRow(relay, read), end),
    })),
  },
  {
    guard: 'sweep: sends before it moves dueAt',
    strategy: 'steps',
    violates: 'the sweep sends before it moves dueAt',
    wrapPorts: (ports, { kind }) => {
      if (kind !== 'sweep') return ports;
      const late: (() => Promise<unknown>)[] = [];
      const sendMany: typeof ports.queues.sendMany = async (...parameters) => {
        late.push(() => ports.queues.sendMany(...parameters));
        return [];
      };
      return {
        ...ports,
        queues: { ...ports.queues, sendMany },
        jobs: {
          ...ports.jobs,
          async moveDue(...parameters) {
            const change = await ports.jobs.moveDue(...parameters);
            for (const send of late) await send();
            return change;
          },
        },
      };
    },
  },
  {
    guard: 'sweep: handles every due job',
    strategy: 'end',
    violates: INVARIANTS.ends,
    replacePorts: replaceMethods('due', () => ({ async *findDue() {} })),
  },
  {
    guard: 'sweep: sets dueAt again',
    strategy: 'steps',
    violates: INVARIANTS.dueAt,
    replacePorts: replaceMethods('jobs', (_original, relay) => ({
      moveDue: async (read) => force(relay, read, ({ dueAt: _, ...job }) => job),
    })),
  },
  {
    guard: 'sweep: does not set dueAt after the deadline',
    strategy: 'steps',
    violates: 'dueAt is no later than the deadline and the lease',
    replacePorts: replaceMethods('jobs', (original) => ({
      moveDue: (read, dueAt, resends) => original.moveDue(read, dueAt + 3_600_000, resends),
    })),
  },
];
