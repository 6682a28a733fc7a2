// A job's id and fingerprint: both follow from what was sent, so a repeat finds the first.

import canonicalize from 'canonicalize';
import { encodeBase32 } from '../../protocol/base32.ts';
import { lengthPrefixed } from '../../protocol/length-prefixed.ts';
import type { LinkSubmission } from '../../protocol/messages.ts';
import { sha256 } from '../../protocol/sha256.ts';
import { TUNING } from './tuning.ts';

/** The job of this idempotency key in this account. Nobody can aim at another account's. */
export function deriveJobId(accountId: string, idempotencyKey: string): string {
  return `job_${encodeBase32(sha256(lengthPrefixed(accountId, idempotencyKey)))}`;
}

/** SHA-256 of the RFC 8785 form, base64url: equal for equal meanings, whatever the order of fields. */
export function deriveFingerprint(submission: LinkSubmission): string {
  return sha256(Buffer.from(canonicalize(submission) ?? '')).toString('base64url');
}

/** Spreads what is due over the shards of the index. */
export function dueShardOf(id: string): number {
  return sha256(Buffer.from(id)).readUInt8(0) % TUNING.dueShards;
}
