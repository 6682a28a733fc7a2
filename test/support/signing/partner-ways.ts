// Every way in which a partner may sign, with facts for the relay's tests. The facts are written out, not derived.
import { INBOUND_PROFILES, type InboundProfileId } from '../../../lib/protocol/profiles/profiles.ts';
import { ACCOUNT } from '../relay/samples.ts';
import { type Partner, plainRequest, sampleSubmission, type World } from '../relay/world.ts';

interface Facts {
  /** Without a nonce, the one-time value is a hash of the signed content. */
  readonly hasNonce: boolean;
  readonly bindsMethodAndPath: boolean;
  readonly claimsReads: boolean;
  /** The smallest difference between two timestamps. */
  readonly tickMs: 1 | 1_000;
}

const FACTS: Readonly<Record<InboundProfileId, Facts>> = {
  rfc9421: { hasNonce: true, bindsMethodAndPath: true, claimsReads: false, tickMs: 1_000 },
  'link-peeler': { hasNonce: true, bindsMethodAndPath: false, claimsReads: true, tickMs: 1_000 },
  vouchersx: { hasNonce: false, bindsMethodAndPath: false, claimsReads: false, tickMs: 1_000 },
  daylight: { hasNonce: false, bindsMethodAndPath: false, claimsReads: false, tickMs: 1_000 },
  nitro: { hasNonce: false, bindsMethodAndPath: false, claimsReads: false, tickMs: 1 },
};

/** One way to sign: a profile and an algorithm. */
export interface PartnerWay extends Facts {
  readonly name: string;
  readonly profile: InboundProfileId;
  readonly isHmac: boolean;
}

export const PARTNER_WAYS: readonly PartnerWay[] = [
  ...INBOUND_PROFILES.map((profile) => ({ name: profile, profile, isHmac: true, ...FACTS[profile] })),
  { name: 'rfc9421 with ed25519', profile: 'rfc9421', isHmac: false, ...FACTS.rfc9421 },
];

export const HMAC_WAYS = PARTNER_WAYS.filter(({ isHmac }) => isHmac);

/** Makes a new key of the sample account, and returns its partner. */
export function makePartnerOf(world: World, { profile, isHmac }: PartnerWay): Promise<Partner> {
  const { accountId } = ACCOUNT;
  return isHmac ? world.makePartner(accountId, profile) : world.makeEd25519Partner(accountId);
}

/** Returns an unsigned submission. */
export function submission(fields: Readonly<Record<string, unknown>> = {}) {
  const body = Buffer.from(JSON.stringify(sampleSubmission(fields)));
  return plainRequest({ method: 'POST', path: '/api/links/fetch', body });
}

/** Returns an unsigned read of a job. The job may not exist. */
export function read(path = `/api/links/job_${'a'.repeat(52)}`) {
  return plainRequest({ path });
}
