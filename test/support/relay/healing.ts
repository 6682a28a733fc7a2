// What is true once a fault is over: the partner has tried again, the sweep has run, and agents have taken what there is.

import { LIMITS } from '../../../lib/api/limits.ts';
import type { PullResponse } from '../../../lib/protocol/messages.ts';
import { TUNING } from '../../../lib/relay/model/tuning.ts';
import { sweep } from '../../../lib/relay/sweep/sweep.ts';
import type { Agent, World } from './world.ts';

/** The ids of the jobs that agents get when the sweep has been, each as often as it was handed out. */
export async function leaseAfterSweep(world: World, agents: readonly Agent[] = [world.agent]): Promise<string[]> {
  world.passSeconds(TUNING.firstDueSeconds);
  await sweep(world.ports);
  const ids: string[] = [];
  for (const agent of agents)
    for (let isWork = true; isWork; ) {
      const { jobs }: PullResponse = (await world.pull({ want: LIMITS.pullJobs }, agent)).json;
      ids.push(...jobs.map(({ job }) => job.jobId));
      isWork = jobs.length > 0;
    }
  return ids;
}
