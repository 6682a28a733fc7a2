// Jobs as operators see them, which is what their partner reads. URLs and texts in them are untrusted.
import type { JobView, TimelineEvent } from '../../../../lib/protocol/messages.ts';
import type { JobList, ShownJob } from '../../../../lib/relay/operator/jobs/jobs.ts';
import { type Column, type Fact, showFacts, showTable } from '../../../../lib/terminal/show-table.ts';
import type { View } from '../view.ts';
import { showAge } from './show-time.ts';

/** Returns the view of a list of jobs. */
export function viewJobs({ jobs, hasMore }: JobList, nowMs: number): View {
  const columns: readonly Column<JobView>[] = [
    { head: 'job', cell: ({ jobId }) => jobId },
    { head: 'state', cell: ({ state }) => state },
    { head: 'age', cell: ({ createdAt }) => showAge(Date.parse(createdAt), nowMs) },
  ];
  const more = hasMore ? ['', 'There are more jobs. Select with --limit, --since and --state.'] : [];
  return {
    json: { jobs, hasMore },
    lines: (width) => [...(jobs.length === 0 ? ['No job matches.'] : showTable(jobs, columns, width)), ...more],
  };
}

/** Returns the view of one job. */
export function viewOneJob(job: JobView): View {
  return { json: { job }, lines: (width) => showFacts(factsOf(job), width) };
}

const TIMELINE: readonly Column<TimelineEvent>[] = [
  { head: 'time', cell: ({ at }) => at },
  { head: 'event', cell: ({ type }) => type },
  { head: 'facts', cell: describeEvent, isFlexible: true },
];

/** Returns the view of one job and of what happened to it. */
export function viewWithTimeline({ accountId, job, events }: ShownJob): View {
  return {
    json: { accountId, job, events },
    lines: (width) => [
      ...showFacts([['account', accountId], ...factsOf(job)], width),
      '',
      ...showTable(events, TIMELINE, width),
    ],
  };
}

function factsOf(job: JobView): Fact[] {
  const { result } = job;
  return [
    ['job', job.jobId],
    ['state', job.pendingReason === undefined ? job.state : `${job.state} (${job.pendingReason})`],
    ['pool', job.pool],
    ['tracking URL', job.trackingUrl],
    ['idempotency key', job.idempotencyKey],
    ['source, row', `${job.source}, ${job.rowId}`],
    ['created', job.createdAt],
    ['deadline', job.deadlineAt],
    ['attempts', job.attempts],
    ['conclusion', result && `${result.conclusion} (${result.reason})`],
    ['final URL', result?.finalUrl],
  ];
}

/** Returns the facts that fit on the line. `--json` prints all. */
function describeEvent(event: TimelineEvent): string | undefined {
  if (event.type === 'accepted') return undefined;
  if (event.type === 'leased') return `${event.agentId} until ${event.leaseUntil}`;
  if (event.type === 'started') return event.agentId;
  if (event.type === 'reported') return `${event.conclusion} (${event.reason})`;
  if (event.type === 'delivery')
    return `${event.state} (${event.outcome}), attempt ${event.attempt}: ${event.endpointId}`;
  return 'reason' in event ? event.reason : undefined;
}
