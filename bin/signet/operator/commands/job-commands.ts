// `signet jobs …`: the jobs of an account.
import { JOB_STATES } from '../../../../lib/protocol/messages.ts';
import { cancelJob, listJobs, resendJob, showJob } from '../../../../lib/relay/operator/jobs/jobs.ts';
import { optional } from '../../../../lib/terminal/program.ts';
import { COUNT, MOMENT, oneOf } from '../../../../lib/terminal/values.ts';
import { type Command, command } from '../command.ts';
import { show } from '../outcomes.ts';
import { viewJobs, viewOneJob, viewWithTimeline } from '../show/show-job.ts';

export const JOB_COMMANDS: readonly Command[] = [
  command({
    name: 'jobs list',
    does: 'list the jobs of an account, newest first',
    arguments: ['account'],
    options: {
      state: optional(oneOf('STATE', JOB_STATES), 'only jobs in this state'),
      since: optional(MOMENT, 'only jobs created since then'),
      limit: optional(COUNT, 'at most this number', '50'),
    },
    examples: [
      'signet jobs list acmeacmeacmeacme --since 2h',
      'signet jobs list acmeacmeacmeacme --state failed --limit 20',
    ],
    changes: false,
    run: ({ access, terminal, words: { account }, options: { since, ...filter } }) =>
      show(listJobs(access, account, { ...filter, ...(since !== undefined && { sinceMs: since }) }), (jobs) =>
        viewJobs(jobs, terminal.nowMs()),
      ),
  }),
  command({
    name: 'jobs show',
    does: 'show a job and what happened to it',
    arguments: ['job'],
    options: {},
    examples: ['signet jobs show job_abc --json'],
    changes: false,
    run: ({ access, words: { job } }) => show(showJob(access, job), viewWithTimeline),
  }),
  command({
    name: 'jobs cancel',
    does: 'cancel an open job',
    arguments: ['job'],
    options: {},
    examples: ['signet jobs cancel job_abc'],
    changes: true,
    run: ({ access, words: { job } }) => show(cancelJob(access, job), viewOneJob),
  }),
  command({
    name: 'jobs resend',
    does: 'enqueue an open job again',
    details: ['It is harmless when the job is in the queue already: only one agent gets the lease.'],
    arguments: ['job'],
    options: {},
    examples: ['signet jobs resend job_abc'],
    changes: true,
    run: ({ access, words: { job } }) => show(resendJob(access, job), viewOneJob),
  }),
];
