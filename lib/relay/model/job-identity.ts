// A job's id and fingerprint. Both are derived from the submission, so a repeat finds the existing job.

import canonicalize from 'canonicalize';
import { encodeBase32 } from '../../protocol/base32.ts';
import { lengthPrefixed } from '../../protocol/length-prefixed.ts';
import type { LinkSubmission } from '../../protocol/messages.ts';
import { sha256 } from '../../protocol/sha256.ts';
import { TUNING } from './tuning.ts';

/**
 * Returns the job id of an idempotency key in an account. The hash includes the account, so a partner cannot choose a key
 * that collides with another account's job.
 */
export function deriveJobId(accountId: string, idempotencyKey: string): string {
  return `job_${encodeBase32(sha256(lengthPrefixed(accountId, idempotencyKey)))}`;
}

/** Returns the SHA-256 of the submission's RFC 8785 form, in base64url. The order of fields makes no difference. */
export function deriveFingerprint(submission: LinkSubmission): string {
  return sha256(Buffer.from(canonicalize(submission) ?? '')).toString('base64url');
}

/** Returns the index shard of a job or an event, so that due rows spread evenly over the shards. */
export function dueShardOf(id: string): number {
  return sha256(Buffer.from(id)).readUInt8(0) % TUNING.dueShards;
}
