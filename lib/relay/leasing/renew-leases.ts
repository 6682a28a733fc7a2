// Leases that an agent keeps or gives back before it has a result.

import { LIMITS } from '../../api/limits.ts';
import type { Lease, PullRequest } from '../../protocol/messages.ts';
import type { AgentCall } from '../http/request-pipeline.ts';
import type { LeaseHold, Pool } from '../model/ports.ts';
import { TUNING } from '../model/tuning.ts';
import type { LeasingPorts } from './lease-jobs.ts';
import { hideMessages } from './settle-messages.ts';

type Input = Pick<PullRequest, 'renew' | 'release'>;

/** Gives back, then renews, and moves the messages together. Those that were renewed. */
export async function renewLeases(
  ports: LeasingPorts,
  call: AgentCall,
  pool: Pool,
  { renew = [], release = [] }: Input,
): Promise<readonly Lease[]> {
  const released = await those(release, (lease) => releaseLease(ports, call, lease));
  const renewed = await those(renew, (lease) => renewLease(ports, call, lease));
  const hiddenFor = (seconds: number) => (lease: Lease) => ({ receipt: lease.receipt, seconds });
  await hideMessages(ports, pool, [
    ...released.map(hiddenFor(0)),
    ...renewed.map(hiddenFor(LIMITS.leaseSeconds + TUNING.visibilityMarginSeconds)),
  ]);
  return renewed;
}

async function those(leases: readonly Lease[], keep: (lease: Lease) => Promise<Lease | undefined>) {
  return (await Promise.all(leases.map(keep))).filter((lease) => lease !== undefined);
}

/** The lease with its new end, or undefined when it is lost, was held for its longest, or the job is past its deadline. */
async function renewLease(ports: LeasingPorts, call: AgentCall, lease: Lease): Promise<Lease | undefined> {
  const { nowMs } = call;
  const leaseUntil = nowMs + LIMITS.leaseSeconds * 1000;
  const leasedSince = nowMs - LIMITS.renewalCapSeconds * 1000;
  const change = await ports.jobs.renew(holdOf(call, lease), { nowMs, leaseUntil, leasedSince });
  return change.done ? { ...lease, leaseUntil: new Date(leaseUntil).toISOString() } : undefined;
}

/** Back to the queue, at once, and no attempt. Without effect, and undefined, when the lease is lost. */
async function releaseLease(ports: LeasingPorts, call: AgentCall, lease: Lease): Promise<Lease | undefined> {
  const change = await ports.jobs.release(holdOf(call, lease), call.nowMs);
  return change.done ? lease : undefined;
}

function holdOf(call: AgentCall, lease: Lease): LeaseHold {
  const { jobId, fence } = lease;
  return { jobId, fence, createdAt: Date.parse(lease.createdAt), agentId: call.verified.key.record.keyId };
}
