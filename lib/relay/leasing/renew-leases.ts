// Renews and releases leases for which the agent has no result yet.

import { LIMITS } from '../../api/limits.ts';
import type { Lease, PullRequest } from '../../protocol/messages.ts';
import type { AgentCall } from '../http/request-pipeline.ts';
import type { LeaseHold, Pool } from '../model/ports.ts';
import { settleAll } from '../model/settle-all.ts';
import { TUNING } from '../model/tuning.ts';
import { hideMessages, type LeasingPorts } from './settle-messages.ts';

type Input = Pick<PullRequest, 'renew' | 'release'>;

/**
 * Releases and renews the leases that an agent names, all at the same time, and returns the renewed ones. Then moves all
 * their messages. A lease that is named for both is released.
 * @throws DependencyUnavailable when one could not be changed. The others were changed all the same.
 */
export async function renewLeases(
  ports: LeasingPorts,
  call: AgentCall,
  pool: Pool,
  { renew = [], release = [] }: Input,
): Promise<readonly Lease[]> {
  const kept = renew.filter((lease) => !release.some((other) => isSameLease(lease, other)));
  const [released, renewed] = await Promise.all([
    changeAll(release, (lease) => releaseLease(ports, call, lease)),
    changeAll(kept, (lease) => renewLease(ports, call, lease)),
  ]);
  const hiddenFor = (seconds: number) => (lease: Lease) => ({ receipt: lease.receipt, seconds });
  await hideMessages(ports, pool, [
    ...released.leases.map(hiddenFor(0)),
    ...renewed.leases.map(hiddenFor(LIMITS.leaseSeconds + TUNING.visibilityMarginSeconds)),
  ]);
  const failure = released.failure ?? renewed.failure;
  if (failure) throw failure.error;
  return renewed.leases;
}

function isSameLease(one: Lease, other: Lease): boolean {
  return one.jobId === other.jobId && one.fence === other.fence && one.createdAt === other.createdAt;
}

async function changeAll(leases: readonly Lease[], change: (lease: Lease) => Promise<Lease | undefined>) {
  const { values, failure } = await settleAll(leases, change);
  return { leases: values.filter((lease) => lease !== undefined), failure };
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
