// Accounts with their queues. Every operation is repeatable after a crash.
import { encodeBase32 } from '../../protocol/base32.ts';
import { LIMITS } from '../limits.ts';
import type { Account } from '../records.ts';
import type { ProvisioningPorts } from './operator-ports.ts';

/** Sixteen base32 characters. */
export function makeAccountId(randomBytes: (count: number) => Buffer): string {
  return encodeBase32(randomBytes(10));
}

/** Queues first, row last: an account that can be seen can take jobs. */
export async function createAccount(
  ports: ProvisioningPorts,
  wish: { accountId: string; name: string } & Partial<Account>,
): Promise<Account> {
  const account: Account = {
    state: 'active',
    jobsPerMonth: 10_000,
    jobsPerMinute: LIMITS.jobsPerMinute,
    jobDeadlineSeconds: LIMITS.jobDeadlineSeconds,
    resultFreshnessSeconds: LIMITS.resultFreshnessSeconds,
    pools: ['default'],
    ...wish,
  };
  for (const pool of account.pools) await ports.registry.createQueue({ accountId: account.accountId, pool });
  await ports.registry.putAccount(account);
  return account;
}
