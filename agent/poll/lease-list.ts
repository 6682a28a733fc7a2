// Leases told apart by job and fence.
import type { Lease } from '../../lib/protocol/messages.ts';

export function isSameLease(one: Lease, other: Lease): boolean {
  return one.jobId === other.jobId && one.fence === other.fence;
}

export function withoutLeases(leases: readonly Lease[], others: readonly Lease[]): readonly Lease[] {
  return leases.filter((lease) => !others.some((other) => isSameLease(lease, other)));
}
