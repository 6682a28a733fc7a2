// Reads a job and its evidence. Another account's job gets the same answer as a job that does not exist.
import { JOB_ID } from '../../protocol/grammar.ts';
import { isPastRetention } from '../admission/admit-job.ts';
import type { PartnerCall } from '../http/request-pipeline.ts';
import { jsonResponse, type Refusal, type RelayResponse } from '../model/http-response.ts';
import type { EvidenceStore, JobStore } from '../model/ports.ts';
import type { Job } from '../model/records.ts';
import { type ViewingPorts, viewJobs } from './view-jobs.ts';

/** Serves `GET /api/links/{jobId}`: the job with its result, or with the reason why it waits. */
export async function readLink(
  ports: ViewingPorts & { jobs: JobStore },
  call: PartnerCall,
): Promise<RelayResponse | Refusal> {
  const job = await findOwn(ports.jobs, call);
  if (!job) return NO_SUCH_JOB;
  const [view] = await viewJobs(ports, call, [job]);
  return jsonResponse(200, view);
}

/** Serves `GET /api/links/{jobId}/evidence`: the compact JWS exactly as the agent signed it. */
export async function readEvidence(
  ports: { jobs: JobStore; evidence: EvidenceStore },
  call: PartnerCall,
): Promise<RelayResponse | Refusal> {
  const job = await findOwn(ports.jobs, call);
  if (job?.state !== 'completed') return NO_SUCH_JOB;
  const evidence = await ports.evidence.find(job.jobId);
  if (evidence?.createdAt !== job.createdAt) return NO_SUCH_JOB;
  return { status: 200, headers: { 'content-type': 'application/jose' }, body: evidence.jws };
}

/** Reads the job that the path names and returns it if it belongs to the caller. The path is untrusted. */
export async function findOwn(jobs: JobStore, call: PartnerCall): Promise<Job | undefined> {
  const jobId = call.parameters['jobId'] ?? '';
  const job = JOB_ID.test(jobId) ? await jobs.find(jobId) : undefined;
  return isOwn(job, call) ? job : undefined;
}

/** Returns true for a job of the caller's account that is within the retention period. */
export function isOwn(job: Job | undefined, { account, nowMs }: PartnerCall): job is Job {
  return job?.accountId === account.accountId && !isPastRetention(job, nowMs);
}

/** The refusal for a job that does not exist, and for another account's job. */
export const NO_SUCH_JOB: Refusal = { problem: 'not_found', reason: 'no such job in this account' };
