// What happened in a run, as counts: so that nobody takes a run in which nothing was hit for one that bore everything.
import type { Fault } from '../fault-plan.ts';
import type { Run } from '../run.ts';
import type { Facts } from './judge.ts';

export function countFacts(facts: Facts, { plan, desks }: Run): Record<string, number> {
  const { rows, deliveries, log, quota } = facts;
  const told = desks.flatMap((desk) => desk.events());
  const logged = (message: string) => log.filter((line) => line['message'] === message).length;
  const toldOf = (event: string) => told.filter((line) => line['event'] === event).length;
  return {
    jobs: rows.filter(({ state }) => state === 'completed').length,
    events: new Set(deliveries.map(({ id }) => id)).size,
    deliveries: deliveries.length,
    ...countFaults(plan),
    leases: logged('job.leased'),
    leasedAgain: rows.filter(({ fence }) => fence > 1).length,
    mostAttempts: Math.max(...rows.map(({ attempts }) => attempts)),
    leasesRepeated: logged('lease.repeated'),
    pointersDropped: logged('pointer.dropped'),
    lateReports: toldOf('result.refused'),
    unitsLost: quota.used - rows.length,
  };
}

function countFaults(plan: readonly Fault[]): Record<string, number> {
  const kinds = Map.groupBy(plan, ({ kind }) => kind);
  return Object.fromEntries([...kinds].map(([kind, faults]) => [kind, faults.length]));
}
