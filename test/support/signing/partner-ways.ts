// Every way in which a partner may sign, with the facts that the relay's tests rely on: written out, not derived.
import { INBOUND_PROFILES, type InboundProfileId } from '../../../lib/protocol/profiles/profiles.ts';
import { ACCOUNT } from '../relay/samples.ts';
import { type Partner, plainRequest, sampleSubmission, type World } from '../relay/world.ts';

interface Facts {
  /** Without one, the signed content is what may come once. */
  readonly hasNonce: boolean;
  readonly bindsMethodAndPath: boolean;
  readonly claimsReads: boolean;
  /** The finest difference between two timestamps. */
  readonly tickMs: 1 | 1_000;
}

const FACTS: Readonly<Record<InboundProfileId, Facts>> = {
  rfc9421: { hasNonce: true, bindsMethodAndPath: true, claimsReads: false, tickMs: 1_000 },
  'link-peeler': { hasNonce: true, bindsMethodAndPath: false, claimsReads: true, tickMs: 1_000 },
  vouchersx: { hasNonce: false, bindsMethodAndPath: false, claimsReads: false, tickMs: 1_000 },
  daylight: { hasNonce: false, bindsMethodAndPath: false, claimsReads: false, tickMs: 1_000 },
  nitro: { hasNonce: false, bindsMethodAndPath: false, claimsReads: false, tickMs: 1 },
};

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

/** A new key of the sample account. */
export function makePartnerOf(world: World, { profile, isHmac }: PartnerWay): Promise<Partner> {
  const { accountId } = ACCOUNT;
  return isHmac ? world.makePartner(accountId, profile) : world.makeEd25519Partner(accountId);
}

/** A submission that nobody has signed yet. */
export function submission(fields: Readonly<Record<string, unknown>> = {}) {
  const body = Buffer.from(JSON.stringify(sampleSubmission(fields)));
  return plainRequest({ method: 'POST', path: '/api/links/fetch', body });
}

/** A read of a job that need not be there. */
export function read(path = `/api/links/job_${'a'.repeat(52)}`) {
  return plainRequest({ path });
}
