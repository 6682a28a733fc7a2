// `signet jobs …`: the jobs of a tenant.
import { JOB_STATES } from '../../../../lib/protocol/messages.ts';
import { cancelJob, listJobs, resendJob, showJob } from '../../../../lib/relay/operator/jobs/jobs.ts';
import { type Command, command, optional } from '../command.ts';
import { show } from '../outcomes.ts';
import { viewJobs, viewOneJob, viewWithTimeline } from '../show/show-job.ts';
import { COUNT, MOMENT, oneOf } from '../values.ts';

export const JOB_COMMANDS: readonly Command[] = [
  command({
    name: 'jobs list',
    does: 'list the jobs of an account, newest first',
    arguments: ['account'],
    options: {
      state: optional(oneOf('STATE', JOB_STATES), 'only those'),
      since: optional(MOMENT, 'only those that were made since'),
      limit: optional(COUNT, 'so many at most; without it 50'),
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
    does: 'end a job that has not ended',
    arguments: ['job'],
    options: {},
    examples: ['signet jobs cancel job_abc'],
    changes: true,
    run: ({ access, words: { job } }) => show(cancelJob(access, job), viewOneJob),
  }),
  command({
    name: 'jobs resend',
    does: 'put an open job on its queue again',
    details: ['Repeats are harmless: the table decides who gets it.'],
    arguments: ['job'],
    options: {},
    examples: ['signet jobs resend job_abc'],
    changes: true,
    run: ({ access, words: { job } }) => show(resendJob(access, job), viewOneJob),
  }),
];
