// Our own verification as subjects: from headers and bytes to a verified message with a parsed body.

import { INBOUND_PROFILES, type InboundProfileId, OUTBOUND_PROFILES } from '../lib/protocol/profiles/profiles.ts';
import type { parseSignedRequest } from '../lib/protocol/signatures/parse-request.ts';
import type { RequestSigner } from '../lib/protocol/signatures/sign-request.ts';
import type { VerificationKey, verifyRequest } from '../lib/protocol/signatures/verify-request.ts';
import type { verifyWebhook } from '../lib/protocol/signatures/webhook.ts';
import { KEY_ID, MESSAGE_SIGNING, secretKey } from './keys.ts';
import { receiveDeliveries, receiveRequests } from './messages.ts';
import { makeSubject, type Subject } from './subject.ts';

/** The measured functions: the real ones, or a second copy whose calls are counted. */
export interface Verifiers {
  readonly parseSignedRequest: typeof parseSignedRequest;
  readonly verifyRequest: typeof verifyRequest;
  readonly verifyWebhook: typeof verifyWebhook;
}

/** Returns a subject for every profile, direction and algorithm. */
export function ourSubjects(verifiers: Verifiers): readonly Subject[] {
  return [
    ...INBOUND_PROFILES.flatMap(waysToSign).map((way) => inbound(verifiers, way)),
    ...OUTBOUND_PROFILES.map((profile) => outbound(verifiers, profile)),
  ];
}

interface WayToSign {
  readonly name: string;
  readonly signer: RequestSigner;
  readonly key: VerificationKey;
}

function waysToSign(profile: InboundProfileId): readonly WayToSign[] {
  if (profile !== 'rfc9421') {
    const key = { keyId: KEY_ID, profile, algorithm: 'hmac-sha256', material: [secretKey] } as const;
    return [{ name: profile, signer: { profile, keyId: KEY_ID, secretKey }, key }];
  }
  return Object.values(MESSAGE_SIGNING).map(({ signer, checkedWith }) => ({
    name: `${profile} ${signer.algorithm}`,
    signer,
    key: { keyId: KEY_ID, profile, algorithm: signer.algorithm, material: [checkedWith] },
  }));
}

function inbound({ parseSignedRequest, verifyRequest }: Verifiers, { name, signer, key }: WayToSign): Subject {
  return makeSubject(`${name}, in`, receiveRequests(signer), (request) => {
    const claim = parseSignedRequest(request);
    if (!claim.ok) throw new Error(claim.reason);
    const verified = verifyRequest(claim.value, key, Date.now());
    if (!verified.ok) throw new Error(verified.reason);
    return [verified.value.oneTimeValue.value, JSON.parse(request.body.toString('utf8'))];
  });
}

function outbound({ verifyWebhook }: Verifiers, profile: (typeof OUTBOUND_PROFILES)[number]): Subject {
  return makeSubject(`${profile}, out`, receiveDeliveries(profile), (delivery) => {
    const verified = verifyWebhook(profile, delivery, [secretKey], Date.now());
    if (!verified.ok) throw new Error(verified.reason);
    return JSON.parse(delivery.body.toString('utf8'));
  });
}
