// A reported result: the evidence speaks, the lease decides whether it may.

import { LIMITS } from '../../api/limits.ts';
import type { ResultReport } from '../../protocol/messages.ts';
import { sha256 } from '../../protocol/sha256.ts';
import { accept, refuse, type Verdict } from '../../protocol/verdict.ts';
import type { AgentCall } from '../http/request-pipeline.ts';
import type { EventLog, EvidenceStore, JobStore, LeaseHold, Pool } from '../model/ports.ts';
import type { Job, JobResult } from '../model/records.ts';
import { type CheckedEvidence, verifyEvidence } from './evidence-check.ts';

export interface ResultPorts {
  readonly jobs: JobStore;
  readonly evidence: EvidenceStore;
  readonly eventLog: EventLog;
}

export interface AcceptedResult {
  readonly jobId: string;
  /** The message that nobody needs any more; none where this result was accepted before. */
  readonly message?: { readonly pool: Pool; readonly receipt: string } | undefined;
}

export type ResultProblem = 'validation_failed' | 'lease_lost';

/**
 * Takes one result in. The same result again is accepted again and takes effect once.
 * Refused with `validation_failed` (evidence that proves nothing) or `lease_lost` (the job is another's, or ended).
 */
export async function acceptResult(
  ports: ResultPorts,
  call: AgentCall,
  report: ResultReport,
): Promise<Verdict<AcceptedResult, ResultProblem>> {
  const verdict = await judge(ports, call, report);
  const about = { accountId: call.account.accountId, jobId: report.lease.jobId, agentId: agentOf(call) };
  if (verdict.ok) {
    const { evidence, message } = verdict.value;
    ports.eventLog.record({ event: 'result.accepted', ...about, conclusion: evidence.conclusion });
    return accept({ jobId: report.lease.jobId, message });
  }
  ports.eventLog.record({ event: 'result.refused', ...about, problem: verdict.problem, reason: verdict.reason });
  return verdict;
}

type Judged = Pick<AcceptedResult, 'message'> & { readonly evidence: CheckedEvidence };

async function judge(
  ports: ResultPorts,
  call: AgentCall,
  { lease, jws }: ResultReport,
): Promise<Verdict<Judged, ResultProblem>> {
  const [publicKey] = call.verified.key.material;
  if (!publicKey) return refuse('validation_failed', 'the agent has no key');
  const evidence = await verifyEvidence(jws, { agentId: agentOf(call), publicKey });
  if (!evidence.ok) return evidence;
  const hold: LeaseHold = {
    jobId: lease.jobId,
    createdAt: Date.parse(lease.createdAt),
    fence: lease.fence,
    agentId: agentOf(call),
  };
  const evidenceSha256 = sha256(Buffer.from(jws)).toString('base64url');
  const job = await ports.jobs.find(hold.jobId);
  const leaseState = decideLeaseState(job, hold, evidenceSha256);
  if (!job || leaseState === 'lost') return refuse('lease_lost', 'the job is not leased under this fence');
  if (!bindsTo(evidence.value, job, hold)) return refuse('validation_failed', 'the evidence is about something else');
  if (leaseState === 'taken') return accept({ evidence: evidence.value });
  return complete(ports, call, { job, hold, evidence: evidence.value, evidenceSha256, lease, jws });
}

/** `taken`: this very result was accepted before. `held`: the lease is this agent's, run out or not. */
function decideLeaseState(job: Job | undefined, hold: LeaseHold, evidenceSha256: string): 'held' | 'taken' | 'lost' {
  if (job?.createdAt !== hold.createdAt || job.fence !== hold.fence || job.leasedBy !== hold.agentId) return 'lost';
  if (job.state === 'leased') return 'held';
  return job.state === 'completed' && job.evidenceSha256 === evidenceSha256 ? 'taken' : 'lost';
}

function bindsTo(evidence: CheckedEvidence, job: Job, hold: LeaseHold): boolean {
  return (
    evidence.accountId === job.accountId &&
    evidence.agentId === hold.agentId &&
    evidence.jobId === job.jobId &&
    Date.parse(evidence.createdAt) === job.createdAt &&
    evidence.fence === hold.fence &&
    evidence.trackingUrl === job.submission.trackingUrl
  );
}

interface Finished extends ResultReport {
  readonly job: Job;
  readonly hold: LeaseHold;
  readonly evidence: CheckedEvidence;
  readonly evidenceSha256: string;
}

/** Evidence first, so that no result is ever without it; then the one write that ends the job. */
async function complete(
  ports: ResultPorts,
  call: AgentCall,
  finished: Finished,
): Promise<Verdict<Judged, ResultProblem>> {
  const { job, hold, evidence, evidenceSha256, jws, lease } = finished;
  const result = toResult(evidence, call, job);
  const keptUntil = job.createdAt + LIMITS.retentionSeconds * 1000;
  if (!(await ports.evidence.save(hold, jws, keptUntil))) return refuse('lease_lost', 'a later lease has evidence');
  const change = await ports.jobs.complete(hold, { result, evidenceSha256, nowMs: call.nowMs });
  if (!change.done && decideLeaseState(change.job, hold, evidenceSha256) !== 'taken')
    return refuse('lease_lost', 'the lease was taken in the meantime');
  return accept({ evidence, message: { pool: job, receipt: lease.receipt } });
}

/** `checkedAt` is the agent's word, but never in the future and never before the job. */
function toResult(evidence: CheckedEvidence, { account, nowMs }: AgentCall, job: Job): JobResult {
  const checkedAt = Math.max(job.createdAt, Math.min(Date.parse(evidence.finishedAt), nowMs));
  return {
    conclusion: evidence.conclusion,
    reason: evidence.reason,
    finalUrl: evidence.finalUrl,
    error: evidence.error,
    checkedAt,
    validUntil: checkedAt + account.resultFreshnessSeconds * 1000,
    agentId: evidence.agentId,
    hopCount: evidence.hops.length,
  };
}

function agentOf(call: AgentCall): string {
  return call.verified.key.record.keyId;
}
