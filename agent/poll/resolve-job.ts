// One leased job, from its URL to signed evidence. After any failure there is still something to report.
import { type EvidencePayload, FINAL_URL_LIMIT_CHARACTERS } from '../../lib/protocol/evidence/evidence.ts';
import type { JobView, Lease } from '../../lib/protocol/messages.ts';
import { classifyResult, type Finding } from '../link/classify-result.ts';
import { plainText } from '../link/plain-text.ts';
import type { LinkToResolve } from '../link/resolve-link.ts';
import type { Trail } from '../link/trail.ts';
import type { EnrolledIdentity } from '../state/identity.ts';
import { signEvidence } from './sign-evidence.ts';

/** What resolving a job needs. */
export interface JobPorts {
  readonly identity: EnrolledIdentity;
  readonly resolve: (link: LinkToResolve, signal: AbortSignal) => Promise<Trail>;
  /** The relay's time in epoch milliseconds. Evidence must be consistent with the relay's clock. */
  readonly nowMs: () => number;
  /** A monotonic clock. It measures how long the work took, so that evidence never finishes before it starts. */
  readonly monotonicMs: () => number;
}

/** The signed evidence, and a summary of it for the event log. */
export interface JobOutcome {
  readonly jws: string;
  readonly finding: Finding;
  readonly hopCount: number;
}

/** Resolves the link of a leased job and returns signed evidence, also when the resolution fails. */
export async function resolveJob(
  lease: Lease,
  job: JobView,
  ports: JobPorts & { readonly signal: AbortSignal },
): Promise<JobOutcome> {
  const [startedMs, startedMonotonicMs] = [ports.nowMs(), ports.monotonicMs()];
  const trail = await resolveSafely(job, ports);
  const finding = bounded(withNote(classifyResult(trail, job.expectedDomain), job));
  const startedAt = new Date(startedMs).toISOString();
  const finishedAt = new Date(startedMs + ports.monotonicMs() - startedMonotonicMs).toISOString();
  const { agentId, accountId } = ports.identity.enrollment;
  const { jobId, createdAt, fence } = lease;
  const subject = { accountId, agentId, jobId, createdAt, fence, trackingUrl: job.trackingUrl };
  const payload: EvidencePayload = { ...subject, startedAt, finishedAt, hops: trail.hops, ...finding };
  return { jws: await signEvidence(payload, ports.identity.privateKey), finding, hopCount: trail.hops.length };
}

/** Turns an error of our own into an ending, so that the job gets an answer. */
async function resolveSafely(job: JobView, ports: JobPorts & { readonly signal: AbortSignal }): Promise<Trail> {
  try {
    return await ports.resolve(job, ports.signal);
  } catch (error) {
    return { hops: [], ending: { kind: 'agent_error', message: (error as Error).message } };
  }
}

/** Adds a note about what the job asked for and this agent does not support. */
function withNote(finding: Finding, { context }: JobView): Finding {
  const unsupported = [context?.proxy && 'a proxy', context?.browser && 'a browser'].filter(Boolean);
  if (unsupported.length === 0) return finding;
  const note = `The job asked for ${unsupported.join(' and ')}, which this agent does not support.`;
  return { ...finding, error: finding.error ? `${plainText(finding.error, 400)} ${note}` : note };
}

/** Leaves out a final URL that is longer than the relay accepts. A part of it would be a different URL. */
function bounded({ finalUrl, ...finding }: Finding): Finding {
  if (finalUrl === undefined) return finding;
  if (finalUrl.length <= FINAL_URL_LIMIT_CHARACTERS) return { ...finding, finalUrl };
  return { ...finding, error: `The final URL has ${finalUrl.length} characters, which is more than can be reported.` };
}
