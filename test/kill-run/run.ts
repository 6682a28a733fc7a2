// The parts of one kill run.
import type { RelayClient } from '../../lib/client/index.ts';
import type { SteppedClock } from '../support/laptop/stepped-clock.ts';
import type { RowWatch } from './checks/row-watch.ts';
import type { Consumer } from './consumer.ts';
import type { Desktop } from './desktop.ts';
import type { Fault } from './fault-plan.ts';
import type { KillableCloud } from './killable-cloud.ts';
import type { Site } from './site.ts';

/** One answer to the submission of a job. Repeats of a number must all have the same job id. */
export interface SubmittedJob {
  readonly number: number;
  readonly jobId: string;
}

export interface Run {
  readonly accountId: string;
  /** The number of jobs to submit. */
  readonly jobs: number;
  readonly plan: readonly Fault[];
  /** How many stale pointers are planted in all. */
  readonly stale: number;
  readonly cloud: KillableCloud;
  readonly clock: SteppedClock;
  readonly client: RelayClient;
  readonly desktops: readonly Desktop[];
  readonly site: Site;
  readonly consumer: Consumer;
  /** The submitted jobs so far. */
  readonly submitted: SubmittedJob[];
  readonly watch: RowWatch;
  /** Aborted when all jobs have ended, or when the run has failed. */
  readonly finished: AbortController;
  /** Returns the number of jobs whose end the consumer has received. */
  endedCount(): number;
}
