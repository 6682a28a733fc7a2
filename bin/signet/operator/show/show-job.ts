// Jobs as operators see them: what their partner reads. URLs and texts in them are untrusted.
import type { JobView, TimelineEvent } from '../../../../lib/protocol/messages.ts';
import type { JobList, ShownJob } from '../../../../lib/relay/operator/jobs/jobs.ts';
import type { View } from '../view.ts';
import { type Column, showFacts, showTable } from './show-table.ts';
import { showAge } from './show-time.ts';

export function viewJobs({ jobs, hasMore }: JobList, nowMs: number): View {
  const columns: readonly Column<JobView>[] = [
    { head: 'job', cell: ({ jobId }) => jobId },
    { head: 'state', cell: ({ state }) => state },
    { head: 'age', cell: ({ createdAt }) => showAge(Date.parse(createdAt), nowMs) },
  ];
  const more = hasMore ? ['', 'There are more: --limit, --since and --state choose.'] : [];
  return {
    json: { jobs, hasMore },
    lines: (width) => [...(jobs.length === 0 ? ['No job fits.'] : showTable(jobs, columns, width)), ...more],
  };
}

export function viewOneJob(job: JobView): View {
  return { json: { job }, lines: (width) => showFacts(factsOf(job), width) };
}

const TIMELINE: readonly Column<TimelineEvent>[] = [
  { head: 'when', cell: ({ at }) => at },
  { head: 'what', cell: ({ type }) => type },
  { head: 'how', cell: describeEvent, isFlexible: true },
];

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

function factsOf(job: JobView): (readonly [string, string | number | undefined])[] {
  const { result } = job;
  return [
    ['job', job.jobId],
    ['state', job.pendingReason === undefined ? job.state : `${job.state} (${job.pendingReason})`],
    ['pool', job.pool],
    ['tracking URL', job.trackingUrl],
    ['idempotency key', job.idempotencyKey],
    ['source, row', `${job.source}, ${job.rowId}`],
    ['made', job.createdAt],
    ['deadline', job.deadlineAt],
    ['attempts', job.attempts],
    ['conclusion', result && `${result.conclusion} (${result.reason})`],
    ['final URL', result?.finalUrl],
  ];
}

/** The facts that fit beside it; `--json` has all. */
function describeEvent(event: TimelineEvent): string | undefined {
  if (event.type === 'accepted') return undefined;
  if (event.type === 'leased') return `${event.agentId} until ${event.leaseUntil}`;
  if (event.type === 'started') return event.agentId;
  if (event.type === 'reported') return `${event.conclusion} (${event.reason})`;
  if (event.type === 'delivery')
    return `${event.state} (${event.outcome}), attempt ${event.attempt}: ${event.endpointId}`;
  return 'reason' in event ? event.reason : undefined;
}
