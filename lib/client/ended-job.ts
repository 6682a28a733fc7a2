// The types of a job in a terminal state: the state decides whether it has a result.
import type { JobState, JobView, ResultView } from '../protocol/messages.ts';

const HAS_ENDED = {
  queued: false,
  leased: false,
  completed: true,
  canceled: true,
  expired: true,
  failed: true,
} as const satisfies Record<JobState, boolean>;

type EndedState = { [State in JobState]: (typeof HAS_ENDED)[State] extends true ? State : never }[JobState];

/** A job with a result. The result's conclusion may be good or bad. */
export type CompletedJob = JobView & { readonly state: 'completed'; readonly result: ResultView };

/** A job that ended without a result: it failed, it expired, or it was canceled. */
export type UnfinishedJob = JobView & {
  readonly state: Exclude<EndedState, 'completed'>;
  readonly result?: undefined;
};

/** A job in a terminal state. */
export type EndedJob = CompletedJob | UnfinishedJob;

/** Returns true for a job in a terminal state, and false for a state that this version does not know. */
export function hasEnded(job: JobView): job is EndedJob {
  return Object.hasOwn(HAS_ENDED, job.state) && HAS_ENDED[job.state];
}
