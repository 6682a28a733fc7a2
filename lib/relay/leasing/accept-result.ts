// Accepts a reported result. The evidence says what the result is; the lease decides whether the agent may report it.

import { LIMITS } from '../../api/limits.ts';
import type { AddressPolicy } from '../../net/address-policy.ts';
import type { ResultReport } from '../../protocol/messages.ts';
import { sha256 } from '../../protocol/sha256.ts';
import { accept, refuse, type Verdict } from '../../protocol/verdict.ts';
import type { AgentCall } from '../http/request-pipeline.ts';
import type { EventLog, EvidenceStore, JobStore, LeaseHold, Pool } from '../model/ports.ts';
import type { Job, JobResult } from '../model/records.ts';
import { verifyEvidence } from './evidence-check.ts';
import { type CheckedEvidence, isOutsideLease } from './evidence-contradictions.ts';

/** The ports that accepting a result needs. */
export interface ResultPorts {
  readonly jobs: JobStore;
  readonly evidence: EvidenceStore;
  /** Where the final URL of a result may lead. */
  readonly addresses: AddressPolicy;
  readonly eventLog: EventLog;
}

/** A result that was accepted. */
export interface AcceptedResult {
  readonly jobId: string;
  /** The job's message, to be deleted. Absent when the same result was accepted before. */
  readonly message?: { readonly pool: Pool; readonly receipt: string } | undefined;
}

/** `validation_failed`: the evidence does not prove the result. `lease_lost`: the job has ended or has another lease. */
export type ResultProblem = 'validation_failed' | 'lease_lost';

/**
 * Verifies an untrusted report and completes its job. The same result is accepted again, but takes effect once. Logs
 * every outcome.
 * @throws DependencyUnavailable when evidence or job cannot be read or written. The agent may report again.
 */
export async function acceptResult(
  ports: ResultPorts,
  call: AgentCall,
  report: ResultReport,
): Promise<Verdict<AcceptedResult, ResultProblem>> {
  const verdict = await verifyAndComplete(ports, call, report);
  const about = { accountId: call.account.accountId, jobId: report.lease.jobId, agentId: agentOf(call) };
  if (verdict.ok) {
    const { evidence, message } = verdict.value;
    ports.eventLog.record({ event: 'result.accepted', ...about, conclusion: evidence.conclusion });
    return accept({ jobId: report.lease.jobId, message });
  }
  ports.eventLog.record({ event: 'result.refused', ...about, problem: verdict.problem, reason: verdict.reason });
  return verdict;
}

type Completion = Pick<AcceptedResult, 'message'> & { readonly evidence: CheckedEvidence };

async function verifyAndComplete(
  ports: ResultPorts,
  call: AgentCall,
  { lease, jws }: ResultReport,
): Promise<Verdict<Completion, ResultProblem>> {
  const [publicKey] = call.verified.key.material;
  if (!publicKey) return refuse('validation_failed', 'the agent has no key');
  const evidence = await verifyEvidence(jws, { agentId: agentOf(call), publicKey, addresses: ports.addresses });
  if (!evidence.ok) return evidence;
  const hold: LeaseHold = {
    jobId: lease.jobId,
    createdAt: Date.parse(lease.createdAt),
    fence: lease.fence,
    accountId: call.verified.key.record.accountId,
    agentId: agentOf(call),
  };
  const evidenceSha256 = sha256(Buffer.from(jws)).toString('base64url');
  const job = await ports.jobs.find(hold.jobId);
  const leaseState = decideLeaseState(job, hold, evidenceSha256);
  if (!job || leaseState === 'lost') return refuse('lease_lost', 'the job is not leased under this fence');
  if (!isAbout(evidence.value, job, hold)) return refuse('validation_failed', 'the evidence is about another lease');
  if (leaseState === 'reported') return accept({ evidence: evidence.value });
  if (isOutsideLease(evidence.value, { leasedAt: job.leasedAt ?? job.createdAt, nowMs: call.nowMs }))
    return refuse('validation_failed', 'the times of the evidence are outside the lease');
  return complete(ports, call, { job, hold, evidence: evidence.value, evidenceSha256, lease, jws });
}

/** `held`: the agent has the lease, expired or not. `reported`: the same result was accepted before. `lost`: neither. */
function decideLeaseState(job: Job | undefined, hold: LeaseHold, evidenceSha256: string): 'held' | 'reported' | 'lost' {
  if (job?.createdAt !== hold.createdAt || job.accountId !== hold.accountId) return 'lost';
  if (job.fence !== hold.fence || job.leasedBy !== hold.agentId) return 'lost';
  if (job.state === 'leased') return 'held';
  return job.state === 'completed' && job.evidenceSha256 === evidenceSha256 ? 'reported' : 'lost';
}

function isAbout(evidence: CheckedEvidence, job: Job, hold: LeaseHold): boolean {
  return (
    evidence.accountId === job.accountId &&
    evidence.agentId === hold.agentId &&
    evidence.jobId === job.jobId &&
    evidence.createdAt === new Date(job.createdAt).toISOString() &&
    evidence.fence === hold.fence &&
    evidence.trackingUrl === job.submission.trackingUrl
  );
}

interface VerifiedReport extends ResultReport {
  readonly job: Job;
  readonly hold: LeaseHold;
  readonly evidence: CheckedEvidence;
  readonly evidenceSha256: string;
}

/** Stores the evidence first, so that no result is ever without it, and then ends the job with one write. */
async function complete(
  ports: ResultPorts,
  call: AgentCall,
  report: VerifiedReport,
): Promise<Verdict<Completion, ResultProblem>> {
  const { job, hold, evidence, evidenceSha256, jws, lease } = report;
  const result = toResult(evidence, call, job);
  const keptUntil = job.createdAt + LIMITS.retentionSeconds * 1000;
  if (!(await ports.evidence.save(hold, jws, keptUntil)))
    return refuse('lease_lost', 'other evidence is stored already');
  const change = await ports.jobs.complete(hold, { result, evidenceSha256, nowMs: call.nowMs });
  if (!change.done && decideLeaseState(change.job, hold, evidenceSha256) !== 'reported')
    return refuse('lease_lost', 'the job changed before the write');
  return accept({ evidence, message: { pool: job, receipt: lease.receipt } });
}

/** `checkedAt` comes from the agent, so it is limited to the time between the job's creation and now. */
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
