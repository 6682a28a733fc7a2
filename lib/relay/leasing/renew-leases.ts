// Renews and releases leases for which the agent has no result yet.

import { LIMITS } from '../../api/limits.ts';
import type { Lease, PullRequest } from '../../protocol/messages.ts';
import type { AgentCall } from '../http/request-pipeline.ts';
import type { LeaseHold, Pool } from '../model/ports.ts';
import { TUNING } from '../model/tuning.ts';
import type { LeasingPorts } from './lease-jobs.ts';
import { hideMessages } from './settle-messages.ts';

type Input = Pick<PullRequest, 'renew' | 'release'>;

/** Releases and renews the leases that an agent names, and returns the renewed ones. Then moves all their messages. */
export async function renewLeases(
  ports: LeasingPorts,
  call: AgentCall,
  pool: Pool,
  { renew = [], release = [] }: Input,
): Promise<readonly Lease[]> {
  const released = await changeAll(release, (lease) => releaseLease(ports, call, lease));
  const renewed = await changeAll(renew, (lease) => renewLease(ports, call, lease));
  const hiddenFor = (seconds: number) => (lease: Lease) => ({ receipt: lease.receipt, seconds });
  await hideMessages(ports, pool, [
    ...released.map(hiddenFor(0)),
    ...renewed.map(hiddenFor(LIMITS.leaseSeconds + TUNING.visibilityMarginSeconds)),
  ]);
  return renewed;
}

async function changeAll(leases: readonly Lease[], change: (lease: Lease) => Promise<Lease | undefined>) {
  return (await Promise.all(leases.map(change))).filter((lease) => lease !== undefined);
}

/**
 * Returns the lease with its new end. Returns undefined when the lease is lost, was held for the longest allowed time, or
 * the job is past its deadline.
 */
async function renewLease(ports: LeasingPorts, call: AgentCall, lease: Lease): Promise<Lease | undefined> {
  const { nowMs } = call;
  const leaseUntil = nowMs + LIMITS.leaseSeconds * 1000;
  const leasedSince = nowMs - LIMITS.renewalCapSeconds * 1000;
  const change = await ports.jobs.renew(holdOf(call, lease), { nowMs, leaseUntil, leasedSince });
  return change.done ? { ...lease, leaseUntil: new Date(leaseUntil).toISOString() } : undefined;
}

/** Queues the job again without counting the attempt. Returns undefined, and changes nothing, when the lease is lost. */
async function releaseLease(ports: LeasingPorts, call: AgentCall, lease: Lease): Promise<Lease | undefined> {
  const change = await ports.jobs.release(holdOf(call, lease), call.nowMs);
  return change.done ? lease : undefined;
}

function holdOf(call: AgentCall, lease: Lease): LeaseHold {
  const { jobId, fence } = lease;
  const { accountId, keyId: agentId } = call.verified.key.record;
  return { jobId, fence, createdAt: Date.parse(lease.createdAt), accountId, agentId };
}
