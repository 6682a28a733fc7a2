// Counts what happened in a run, so that a run without effective faults is recognized.
import type { Fault } from '../fault-plan.ts';
import type { Run } from '../run.ts';
import type { Facts } from './check-facts.ts';

/** Returns the counts that a round prints. */
export function countFacts(facts: Facts, { plan, desktops }: Run): Record<string, number> {
  const { rows, deliveries, log, quota } = facts;
  const agentEvents = desktops.flatMap((desktop) => desktop.events());
  const logged = (message: string) => log.filter((line) => line['message'] === message).length;
  const loggedByAgents = (event: string) => agentEvents.filter((line) => line['event'] === event).length;
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
    lateReports: loggedByAgents('result.refused'),
    unitsLost: quota.used - rows.length,
  };
}

function countFaults(plan: readonly Fault[]): Record<string, number> {
  const kinds = Map.groupBy(plan, ({ kind }) => kind);
  return Object.fromEntries([...kinds].map(([kind, faults]) => [kind, faults.length]));
}
