// Finds out what is left after a fault: sweeps, and lets agents lease all jobs.

import { LIMITS } from '../../../lib/api/limits.ts';
import type { PullResponse } from '../../../lib/protocol/messages.ts';
import { TUNING } from '../../../lib/relay/model/tuning.ts';
import { sweep } from '../../../lib/relay/sweep/sweep.ts';
import type { Agent, World } from './world.ts';

/**
 * Waits until jobs are due and every hidden message is visible, sweeps, and lets the agents lease everything. Returns the
 * job id of every lease.
 */
export async function leaseAfterSweep(world: World, agents: readonly Agent[] = [world.agent]): Promise<string[]> {
  world.passSeconds(Math.max(TUNING.firstDueSeconds, LIMITS.leaseSeconds + TUNING.visibilityMarginSeconds));
  await sweep(world.ports);
  const ids: string[] = [];
  for (const agent of agents)
    for (let hasMore = true; hasMore; ) {
      const { jobs }: PullResponse = (await world.pull({ want: LIMITS.pullJobs }, agent)).json;
      ids.push(...jobs.map(({ job }) => job.jobId));
      hasMore = jobs.length > 0;
    }
  return ids;
}
