// Where each kind of item lives in the table. No other file builds these keys.
import type { ItemKey } from './dynamodb-table.ts';

/** The key of each kind of item. */
export const ITEM_KEYS = {
  account: (accountId: string) => ({ pk: `ACCOUNT#${accountId}`, sk: 'ACCOUNT' }),
  accountInList: (accountId: string) => ({ pk: 'ACCOUNTS', sk: accountId }),
  key: (keyId: string) => ({ pk: `KEY#${keyId}`, sk: 'KEY' }),
  keyInAccount: (accountId: string, keyId: string) => ({ pk: `ACCOUNT#${accountId}`, sk: `KEY#${keyId}` }),
  secret: (digest: string) => ({ pk: `SECRET#${digest}`, sk: 'SECRET' }),
  secretInAccount: (accountId: string, digest: string) => ({ pk: `ACCOUNT#${accountId}`, sk: `SECRET#${digest}` }),
  oneTimeValue: (keyId: string, value: string) => ({ pk: `NONCE#${keyId}#${value}`, sk: 'NONCE' }),
  job: (jobId: string) => ({ pk: `JOB#${jobId}`, sk: 'JOB' }),
  /** When the sweep last found the queue of a pool empty. */
  emptyQueue: (accountId: string, pool: string) => ({ pk: `ACCOUNT#${accountId}`, sk: `EMPTY#${pool}` }),
  evidence: (jobId: string) => ({ pk: `JOB#${jobId}`, sk: 'EVIDENCE' }),
  quota: (accountId: string, window: string) => ({ pk: `ACCOUNT#${accountId}`, sk: `QUOTA#${window}` }),
  agent: (accountId: string, agentId: string) => ({ pk: `ACCOUNT#${accountId}`, sk: `AGENT#${agentId}` }),
  grant: (tokenSha256: string) => ({ pk: `ENROLL#${tokenSha256}`, sk: 'ENROLL' }),
  endpoint: (accountId: string, endpointId: string) => ({ pk: `ACCOUNT#${accountId}`, sk: `ENDPOINT#${endpointId}` }),
  delivery: (endpointId: string, eventAt: number, eventId: string) => ({
    pk: `ENDPOINT#${endpointId}`,
    sk: `EVENT#${new Date(eventAt).toISOString()}#${eventId}`,
  }),
} as const satisfies Record<string, (...parts: never[]) => ItemKey>;

/**
 * Returns the second from which DynamoDB may delete a row, rounded up. Deletion is late, so readers compare it in code.
 */
export function expiresAtSeconds(epochMs: number): number {
  return Math.ceil(epochMs / 1000);
}
