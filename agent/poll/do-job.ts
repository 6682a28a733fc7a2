// One leased job from URL to signed evidence. Whatever goes wrong, there is something to report.
import { type EvidencePayload, FINAL_URL_LIMIT_CHARACTERS } from '../../lib/protocol/evidence/evidence.ts';
import type { JobView, Lease } from '../../lib/protocol/messages.ts';
import { classifyResult, type Finding } from '../link/classify-result.ts';
import type { LinkToResolve } from '../link/resolve-link.ts';
import type { Trail } from '../link/trail.ts';
import type { EnrolledIdentity } from '../state/identity.ts';
import { signEvidence } from './sign-evidence.ts';

export interface JobPorts {
  readonly identity: EnrolledIdentity;
  readonly resolve: (link: LinkToResolve, signal: AbortSignal) => Promise<Trail>;
  /** The relay's time, epoch milliseconds: evidence must make sense to the relay. */
  readonly nowMs: () => number;
}

export interface JobOutcome {
  readonly jws: string;
  readonly finding: Finding;
  readonly hopCount: number;
}

export async function doJob(
  lease: Lease,
  job: JobView,
  ports: JobPorts & { readonly signal: AbortSignal },
): Promise<JobOutcome> {
  const startedAt = new Date(ports.nowMs()).toISOString();
  const trail = await resolveSafely(job, ports);
  const finding = bounded(withNote(classifyResult(trail, job.expectedDomain), job));
  const finishedAt = new Date(ports.nowMs()).toISOString();
  const { agentId, accountId } = ports.identity.enrollment;
  const { jobId, createdAt, fence } = lease;
  const subject = { accountId, agentId, jobId, createdAt, fence, trackingUrl: job.trackingUrl };
  const payload: EvidencePayload = { ...subject, startedAt, finishedAt, hops: trail.hops, ...finding };
  return { jws: await signEvidence(payload, ports.identity.privateKey), finding, hopCount: trail.hops.length };
}

/** A bug of ours must not leave a job without an answer. */
async function resolveSafely(job: JobView, ports: JobPorts & { readonly signal: AbortSignal }): Promise<Trail> {
  try {
    return await ports.resolve(job, ports.signal);
  } catch (error) {
    return { hops: [], ending: { kind: 'agent_error', message: (error as Error).message } };
  }
}

/** What the job asked for and this agent cannot do is said, not passed over. */
function withNote(finding: Finding, { context }: JobView): Finding {
  const asked = [context?.proxy && 'a proxy', context?.browser && 'a browser'].filter(Boolean);
  if (asked.length === 0) return finding;
  const note = `The job asked for ${asked.join(' and ')}; this agent went without.`;
  return { ...finding, error: finding.error ? `${finding.error.slice(0, 400)} ${note}` : note };
}

/** The relay takes no longer final URL; half a URL would be another one, so none is given. */
function bounded({ finalUrl, ...finding }: Finding): Finding {
  if (finalUrl === undefined) return finding;
  if (finalUrl.length <= FINAL_URL_LIMIT_CHARACTERS) return { ...finding, finalUrl };
  return { ...finding, error: `The final URL has ${finalUrl.length} characters: more than can be reported.` };
}
