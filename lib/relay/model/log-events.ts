// The closed list of log events: one for each outcome, named in the past tense.

/** An entry of the event log. Event names and field names are API: saved queries and alarms read them. */
export type LogEvent = Readonly<
  | {
      event: 'request.refused';
      requestId: string;
      route: string;
      problem: string;
      reason: string;
      keyId?: string;
      suspicion?: string;
    }
  | { event: 'job.admitted'; accountId: string; jobId: string; pool: string }
  | { event: 'job.repeated'; accountId: string; jobId: string }
  | { event: 'item.refused'; requestId: string; item: number; problem: string; reason: string }
  | { event: 'job.leased'; accountId: string; jobId: string; agentId: string; fence: number }
  | { event: 'lease.repeated'; accountId: string; jobId: string; agentId: string; fence: number }
  | { event: 'job.ended'; accountId: string; jobId: string; state: string; reason: string }
  | { event: 'job.resent'; accountId: string; jobId: string; resends: number }
  | { event: 'pointer.dropped'; accountId: string; why: string; jobId?: string }
  | { event: 'result.accepted'; accountId: string; jobId: string; agentId: string; conclusion: string }
  | { event: 'result.refused'; accountId: string; jobId: string; agentId: string; problem: string; reason: string }
  | { event: 'agent.enrolled'; accountId: string; agentId: string; pool: string }
  | { event: 'agent.replaced'; accountId: string; agentId: string }
  | { event: 'event.published'; accountId: string; jobId?: string; eventId: string; type: string; endpoints: number }
  | { event: 'quota.warned'; accountId: string; month: string; used: number; limit: number }
  | {
      event: 'delivery.attempted';
      accountId: string;
      endpointId: string;
      eventId: string;
      attempt: number;
      outcome: string;
      decision: string;
      retryInSeconds?: number;
    }
  | { event: 'delivery.dropped'; accountId: string; endpointId: string; eventId: string; why: string }
  | { event: 'delivery.resent'; accountId: string; endpointId: string; eventId: string }
  | { event: 'sweep.finished'; jobs: number; deliveries: number; hasMore: boolean }
  | { event: 'dependency.failed'; where: string; reason: string }
>;

export type LogEventName = LogEvent['event'];
