// Valid sample records for tests. Every field can be overridden.

import { LIMITS } from '../../../lib/api/limits.ts';
import { deriveFingerprint, deriveJobId } from '../../../lib/relay/model/job-identity.ts';
import type { JobRef, LeaseHold, NewLease } from '../../../lib/relay/model/ports.ts';
import type {
  Account,
  AgentKey,
  AgentPresence,
  DeliveryRecord,
  Endpoint,
  EnrollmentGrant,
  Job,
  JobResult,
  PartnerPublicKey,
  PartnerSecretKey,
  QuotaWarning,
} from '../../../lib/relay/model/records.ts';
import { TUNING } from '../../../lib/relay/model/tuning.ts';

/** The time at which the tests' worlds start. Epoch milliseconds. */
export const NOW = Date.parse('2026-11-22T12:00:00.250Z');
export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

let names = 0;

/** Returns a name that starts with `prefix` and was not returned before in this test file. */
export function unique(prefix: string): string {
  names += 1;
  return `${prefix}${names}`;
}

/** The account of the sample partner and the sample agent. */
export const ACCOUNT: Account = {
  accountId: 'acme4acme4acme4a',
  name: 'Acme',
  state: 'active',
  jobsPerMonth: 1_000,
  jobDeadlineSeconds: LIMITS.jobDeadlineSeconds,
  resultFreshnessSeconds: LIMITS.resultFreshnessSeconds,
  pools: ['default', 'second'],
};

/** Returns a new account. */
export function sampleAccount(overrides: Partial<Account> = {}): Account {
  return { ...ACCOUNT, accountId: unique('account'), ...overrides };
}

export const TRACKING_URL = `https://click.example.com/r/8f2c1d7e?campaign=autumn-sale&partner=acme&u=${'a1b2c3d4e5'.repeat(5)}`;

/** Returns a new queued job, as admission writes it. */
export function sampleJob(overrides: Partial<Job> = {}): Job {
  const { accountId = ACCOUNT.accountId, createdAt = NOW, pool = 'default' } = overrides;
  const submission = {
    idempotencyKey: unique('order-2026-11-22-'),
    trackingUrl: TRACKING_URL,
    source: 'newsletter',
    rowId: 'row-000123',
    ...overrides.submission,
  };
  return {
    jobId: deriveJobId(accountId, submission.idempotencyKey),
    accountId,
    pool,
    fingerprint: deriveFingerprint(submission),
    quotaWindow: '2026-11',
    state: 'queued',
    fence: 0,
    attempts: 0,
    admission: unique('request-'),
    createdAt,
    updatedAt: createdAt,
    deadlineAt: createdAt + LIMITS.jobDeadlineSeconds * SECOND,
    dueAt: createdAt + TUNING.firstDueSeconds * SECOND,
    resends: 0,
    ...overrides,
    submission,
  };
}

export const AGENT_ID = 'agt_abcdefghijklmnopqrstuvwxyz';

/** Returns a result with the conclusion `valid`. */
export function sampleResult(overrides: Partial<JobResult> = {}): JobResult {
  return {
    conclusion: 'valid',
    reason: 'final_ok',
    finalUrl: 'https://shop.example.org/products/winter-boots-42?ref=acme',
    checkedAt: NOW,
    validUntil: NOW + DAY,
    agentId: AGENT_ID,
    hopCount: 4,
    ...overrides,
  };
}

/** Returns a lease of the sample agent for two minutes. */
export function sampleLease(overrides: Partial<NewLease> = {}): NewLease {
  const { nowMs = NOW } = overrides;
  return {
    accountId: ACCOUNT.accountId,
    pool: 'default',
    agentId: AGENT_ID,
    nowMs,
    leaseUntil: nowMs + 2 * MINUTE,
    attemptLimit: LIMITS.attempts,
    ...overrides,
  };
}

/** Returns the hold of an agent on a leased job. */
export function holdOf(
  {
    jobId,
    createdAt,
    fence,
    accountId = ACCOUNT.accountId,
  }: JobRef & { readonly fence: number; readonly accountId?: string },
  agentId: string = AGENT_ID,
): LeaseHold {
  return { jobId, createdAt, fence, accountId, agentId };
}

/** Returns a new partner key with a secret. */
export function samplePartnerKey(overrides: Partial<PartnerSecretKey> = {}): PartnerSecretKey {
  return {
    kind: 'partner',
    keyId: unique('key-'),
    accountId: ACCOUNT.accountId,
    profile: 'link-peeler',
    versions: [{ version: 1, master: 1 }],
    ...overrides,
  };
}

/** Returns a new partner key with a public key. */
export function samplePartnerPublicKey(overrides: Partial<PartnerPublicKey> = {}): PartnerPublicKey {
  return {
    kind: 'partner',
    keyId: unique('key-'),
    accountId: ACCOUNT.accountId,
    profile: 'rfc9421',
    publicKey: 'PUAXw-hDiVqStwqnTRt-vJyYLM8uxJaMwM1V8Sr0Zgw',
    ...overrides,
  };
}

/** Returns a new agent key. */
export function sampleAgentKey(overrides: Partial<AgentKey> = {}): AgentKey {
  return {
    kind: 'agent',
    keyId: unique('agt_'),
    accountId: ACCOUNT.accountId,
    profile: 'rfc9421',
    publicKey: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
    pool: 'default',
    ...overrides,
  };
}

/** Returns an agent that was seen just now. */
export function samplePresence(overrides: Partial<AgentPresence> = {}): AgentPresence {
  return {
    agentId: unique('agt_'),
    name: 'desk 4',
    pool: 'default',
    labels: ['office'],
    state: 'active',
    enrolledAt: NOW - DAY,
    lastSeenAt: NOW,
    ...overrides,
  };
}

/** Returns a new active endpoint. */
export function sampleEndpoint(overrides: Partial<Endpoint> = {}): Endpoint {
  return {
    endpointId: unique('ep-'),
    accountId: ACCOUNT.accountId,
    url: 'https://hooks.example.org/links',
    profile: 'standard-webhooks',
    state: 'active',
    createdAt: 0,
    versions: [{ version: 1, master: 1 }],
    ...overrides,
  };
}

/** Returns a new unused enrolment grant. */
export function sampleGrant(overrides: Partial<EnrollmentGrant> = {}): EnrollmentGrant {
  return {
    tokenSha256: unique('5f').padStart(64, '0'),
    accountId: ACCOUNT.accountId,
    pool: 'default',
    labels: ['office', 'berlin'],
    expiresAt: NOW + LIMITS.enrollmentTokenSeconds * SECOND,
    ...overrides,
  };
}

/** Returns a new delivery whose first attempt was answered with 503. */
export function sampleDelivery(overrides: Partial<DeliveryRecord> = {}): DeliveryRecord {
  return {
    accountId: ACCOUNT.accountId,
    endpointId: unique('ep-'),
    eventId: unique('evt_'),
    eventType: 'link.resolved',
    eventAt: NOW,
    body: '{"id":"evt_1"}',
    attempt: 0,
    state: 'retrying',
    attemptedAt: NOW,
    outcome: '503',
    ...overrides,
  };
}

/** Returns a quota warning of the sample account. */
export function sampleWarning(overrides: Partial<QuotaWarning> = {}): QuotaWarning {
  return { accountId: ACCOUNT.accountId, month: '2026-11', used: 85, limit: 100, warnedAt: NOW, ...overrides };
}
