// Our two doors: a request at the relay, and a delivery at its consumer.
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

/** A throw is an outcome of its own, so that it cannot pass for a refusal. */
export type Outcome = 'accepted' | Problem | `threw ${string}`;

export interface Pipeline {
  readonly name: string;
  /** True when the message is not the good one in what this door looks at. */
  readonly sees: (message: ReceivedRequest) => boolean;
  readonly answer: (message: ReceivedRequest) => Outcome;
}

export function doorsOf(subject: Subject): readonly Pipeline[] {
  const { profile } = subject;
  const door: readonly Pipeline[] = isInbound(profile) ? [requestDoor(subject, profile)] : [];
  return isOutbound(profile) ? [...door, deliveryDoor(subject, profile)] : door;
}

const isInbound = (id: string): id is InboundProfileId => INBOUND_PROFILES.some((one) => one === id);
const isOutbound = (id: string): id is OutboundProfileId => OUTBOUND_PROFILES.some((one) => one === id);

function requestDoor({ keyId, algorithm, material, nowMs }: Subject, profile: InboundProfileId): Pipeline {
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

function deliveryDoor({ good, material, nowMs, reads }: Subject, profile: OutboundProfileId): Pipeline {
  const view = (message: ReceivedRequest) => viewOf(message, reads);
  return {
    name: 'a delivery',
    sees: (message) => view(message) !== view(good),
    answer: (message) => outcomeOf(() => verifyWebhook(profile, message, [material], nowMs)),
  };
}

/** These headers and the body, as one text. */
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
