// Leases that an agent keeps or gives back before it has a result.
import type { Lease } from '../protocol/messages.ts';
import type { AgentCall } from './front-door.ts';
import type { LeasingPorts } from './lease-jobs.ts';
import { LIMITS } from './limits.ts';
import type { LeaseHold, Pool } from './ports.ts';

/** The lease with its new end, or undefined when it is lost, was held for its longest, or the job is past its deadline. */
export async function renewLease(
  ports: LeasingPorts,
  call: AgentCall,
  pool: Pool,
  lease: Lease,
): Promise<Lease | undefined> {
  const { nowMs } = call;
  const leaseUntil = nowMs + LIMITS.leaseSeconds * 1000;
  const leasedSince = nowMs - LIMITS.renewalCapSeconds * 1000;
  const change = await ports.jobs.renew(holdOf(call, lease), { nowMs, leaseUntil, leasedSince });
  if (!change.done) return undefined;
  await ports.queues.hide(pool, lease.receipt, LIMITS.leaseSeconds + LIMITS.visibilityMarginSeconds);
  return { ...lease, leaseUntil: new Date(leaseUntil).toISOString() };
}

/** Back to the queue, at once, and no attempt. Without effect when the lease is lost. */
export async function releaseLease(ports: LeasingPorts, call: AgentCall, pool: Pool, lease: Lease): Promise<void> {
  const change = await ports.jobs.release(holdOf(call, lease), call.nowMs);
  if (change.done) await ports.queues.hide(pool, lease.receipt, 0);
}

function holdOf(call: AgentCall, lease: Lease): LeaseHold {
  const { jobId, fence } = lease;
  return { jobId, fence, createdAt: Date.parse(lease.createdAt), agentId: call.verified.key.record.keyId };
}
