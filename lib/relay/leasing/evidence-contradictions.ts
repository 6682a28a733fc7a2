// What evidence may not say, because another part of it, or its lease, says otherwise.
import type { AddressPolicy } from '../../net/address-policy.ts';
import { parseHttpUrl } from '../../net/http-url.ts';
import {
  EVIDENCE_CLOCK_TOLERANCE_MS,
  type EvidencePayload,
  REASONS_BY_CONCLUSION,
  STATUSES_BY_REASON,
} from '../../protocol/evidence/evidence.ts';
import { isHopUrlOf, isShortened } from '../../protocol/evidence/shorten-url.ts';
import type { WellFormedPayload } from './evidence-schema.ts';

/** A payload that does not contradict itself. */
export type CheckedEvidence = EvidencePayload;

/** Returns what is wrong, as a sentence for the log. `undefined` means that this check finds nothing. */
type Check = (payload: WellFormedPayload, addresses: AddressPolicy) => string | undefined;

const CHECKS: readonly Check[] = [checkReason, checkOrder, checkFinalUrl, checkLastHop];

/** Returns the first contradiction in a well-formed payload. */
export function findContradiction(payload: WellFormedPayload, addresses: AddressPolicy): string | undefined {
  for (const check of CHECKS) {
    const fault = check(payload, addresses);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/** Returns whether the times of the evidence are more than five minutes outside the lease. Times in epoch milliseconds. */
export function isOutsideLease(
  { startedAt, finishedAt }: Pick<EvidencePayload, 'startedAt' | 'finishedAt'>,
  { leasedAt, nowMs }: { readonly leasedAt: number; readonly nowMs: number },
): boolean {
  return (
    Date.parse(startedAt) < leasedAt - EVIDENCE_CLOCK_TOLERANCE_MS ||
    Date.parse(finishedAt) > nowMs + EVIDENCE_CLOCK_TOLERANCE_MS
  );
}

function checkReason({ conclusion, reason }: WellFormedPayload): string | undefined {
  const reasons: readonly string[] = REASONS_BY_CONCLUSION[conclusion];
  return reasons.includes(reason) ? undefined : 'the reason does not belong to the conclusion';
}

function checkOrder({ startedAt, finishedAt }: WellFormedPayload): string | undefined {
  return Date.parse(startedAt) > Date.parse(finishedAt) ? 'the work finished before it started' : undefined;
}

function checkFinalUrl({ finalUrl }: WellFormedPayload, policy: AddressPolicy): string | undefined {
  if (finalUrl === undefined) return undefined;
  const parsed = parseHttpUrl(finalUrl, { policy });
  if (!parsed.ok) return `the final URL is refused (${parsed.problem})`;
  return parsed.value.href === finalUrl ? undefined : 'the final URL is not its own serialization';
}

/** An answer has a last hop with a fitting status, at the final URL. Only a final URL that is too long may be absent. */
function checkLastHop({ hops, finalUrl, reason, error }: WellFormedPayload): string | undefined {
  const last = hops.at(-1);
  if (finalUrl !== undefined && !(last && isHopUrlOf(last.url, finalUrl)))
    return 'the last hop is not at the final URL';
  const statuses = STATUSES_BY_REASON[reason as keyof typeof STATUSES_BY_REASON];
  if (!statuses) return undefined;
  if (!last) return 'there is no hop with the answer';
  if (last.status === undefined || last.status < statuses[0] || last.status > statuses[1])
    return 'the status of the last hop does not fit the reason';
  if (last.kind !== 'none') return 'the last hop leads on';
  const isTooLong = error !== undefined && isShortened(last.url);
  return finalUrl === undefined && !isTooLong ? 'the final URL is missing' : undefined;
}
