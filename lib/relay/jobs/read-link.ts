// Reading a job and its evidence. Another account's job is not found, as one that never was.
import { JOB_ID } from '../../protocol/grammar.ts';
import { isPastRetention } from '../admission/admit-job.ts';
import type { PartnerCall } from '../http/request-pipeline.ts';
import { jsonResponse, type Refusal, type RelayResponse } from '../model/http-response.ts';
import type { EvidenceStore, JobStore } from '../model/ports.ts';
import type { Job } from '../model/records.ts';
import { type ViewingPorts, viewJobs } from './view-jobs.ts';

/** Serves `GET /api/links/{jobId}`. */
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

/** The job that the path names, if it is the caller’s. */
export async function findOwn(jobs: JobStore, call: PartnerCall): Promise<Job | undefined> {
  const jobId = call.parameters['jobId'] ?? '';
  const job = JOB_ID.test(jobId) ? await jobs.find(jobId) : undefined;
  return isOwn(job, call) ? job : undefined;
}

/** True for a job of the caller's account that is still kept. */
export function isOwn(job: Job | undefined, { account, nowMs }: PartnerCall): job is Job {
  return job?.accountId === account.accountId && !isPastRetention(job, nowMs);
}

/** Also of another account's job: what is not yours is not there. */
export const NO_SUCH_JOB: Refusal = { problem: 'not_found', reason: 'no such job in this account' };
