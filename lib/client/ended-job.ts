// A job that has ended, in types: what stands in it follows from its state.
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

/** An agent reported: there is a result, whatever it concludes. */
export type CompletedJob = JobView & { readonly state: 'completed'; readonly result: ResultView };

/** Nobody did it, or nobody wanted it any more. */
export type UnfinishedJob = JobView & {
  readonly state: Exclude<EndedState, 'completed'>;
  readonly result?: undefined;
};

export type EndedJob = CompletedJob | UnfinishedJob;

/** False also for a state that this version does not know. */
export function hasEnded(job: JobView): job is EndedJob {
  return Object.hasOwn(HAS_ENDED, job.state) && HAS_ENDED[job.state];
}
