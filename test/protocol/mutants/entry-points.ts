// The two entry points of verification: a request at the relay, and a delivery at its consumer.
import type { ReceivedRequest } from '../../../lib/protocol/http-message.ts';
import {
  INBOUND_PROFILES,
  type InboundProfileId,
  OUTBOUND_PROFILES,
  type OutboundProfileId,
} from '../../../lib/protocol/profiles/profiles.ts';
import { parseSignedRequest } from '../../../lib/protocol/signatures/parse-request.ts';
import { verifyRequest } from '../../../lib/protocol/signatures/verify-request.ts';
import { verifyWebhook } from '../../../lib/protocol/signatures/webhook.ts';
import type { Verdict } from '../../../lib/protocol/verdict.ts';
import type { Problem, Subject } from './mutant.ts';

/** What happens to a message. A throw is an outcome of its own, so that it does not count as a refusal. */
export type Outcome = 'accepted' | Problem | `threw ${string}`;

/** A verification of messages. */
export interface EntryPoint {
  readonly name: string;
  /** Returns true when the message differs from the good one in a part that this entry point reads. */
  readonly sees: (message: ReceivedRequest) => boolean;
  readonly answer: (message: ReceivedRequest) => Outcome;
}

/** Returns the entry points of a subject's profile: one for each of its directions. */
export function entryPointsOf(subject: Subject): readonly EntryPoint[] {
  const { profile } = subject;
  const inbound: readonly EntryPoint[] = isInbound(profile) ? [requestEntry(subject, profile)] : [];
  return isOutbound(profile) ? [...inbound, deliveryEntry(subject, profile)] : inbound;
}

const isInbound = (id: string): id is InboundProfileId => INBOUND_PROFILES.some((inbound) => inbound === id);
const isOutbound = (id: string): id is OutboundProfileId => OUTBOUND_PROFILES.some((outbound) => outbound === id);

function requestEntry({ keyId, algorithm, material, nowMs }: Subject, profile: InboundProfileId): EntryPoint {
  const known = { keyId, profile, algorithm, material: [material] };
  return {
    name: 'a request',
    sees: () => true,
    answer: (request) =>
      outcomeOf(() => {
        const claim = parseSignedRequest(request);
        if (!claim.ok) return claim;
        return verifyRequest(claim.value, claim.value.keyId === keyId ? known : undefined, nowMs);
      }),
  };
}

function deliveryEntry({ good, material, nowMs, reads }: Subject, profile: OutboundProfileId): EntryPoint {
  const view = (message: ReceivedRequest) => viewOf(message, reads);
  return {
    name: 'a delivery',
    sees: (message) => view(message) !== view(good),
    answer: (message) => outcomeOf(() => verifyWebhook(profile, message, [material], nowMs)),
  };
}

/** Returns these headers and the body as one text, for comparison. */
export function viewOf({ headers, body }: ReceivedRequest, names: readonly string[]): string {
  return JSON.stringify([names.map((name) => headers[name] ?? null), Buffer.from(body).toString('hex')]);
}

function outcomeOf<T>(verify: () => Verdict<T, Problem>): Outcome {
  try {
    const verdict = verify();
    return verdict.ok ? 'accepted' : verdict.problem;
  } catch (error) {
    return `threw ${error}`;
  }
}
