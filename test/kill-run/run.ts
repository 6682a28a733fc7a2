// All that one kill run has.
import type { RelayClient } from '../../lib/client/index.ts';
import type { SteppedClock } from '../support/laptop/stepped-clock.ts';
import type { Consumer } from './consumer.ts';
import type { Desk } from './desk.ts';
import type { Fault } from './fault-plan.ts';
import type { RowWatch } from './judge/row-watch.ts';
import type { MortalCloud } from './mortal-cloud.ts';
import type { Site } from './site.ts';

/** What the partner was told of one job; a number may have several, and then they must be the same. */
export interface Handed {
  readonly number: number;
  readonly jobId: string;
}

export interface Run {
  readonly accountId: string;
  /** How many there are to be. */
  readonly jobs: number;
  readonly plan: readonly Fault[];
  /** How many stale pointers are planted in all. */
  readonly stale: number;
  readonly cloud: MortalCloud;
  readonly clock: SteppedClock;
  readonly client: RelayClient;
  readonly desks: readonly Desk[];
  readonly site: Site;
  readonly consumer: Consumer;
  /** Grows. */
  readonly handed: Handed[];
  readonly watch: RowWatch;
  /** Aborted when all have ended, or never will. */
  readonly over: AbortController;
  /** How many have ended, as far as the consumer knows. */
  endedCount(): number;
}
