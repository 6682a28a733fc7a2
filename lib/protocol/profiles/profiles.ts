// The table of signature profiles. Signing and verifying both read these rows; nothing else lists the profiles.

import type { EncodingName } from '../encoding.ts';
import { combinedHeader, type HeaderCodec, separateHeaders } from '../headers/header-codec.ts';
import type { KeyBytes } from '../secret.ts';
import { FIVE_MINUTES_MS, type SigningClock } from './signing-time.ts';

/** A part of a message that a delimited profile may sign. */
export type SignedPart = 'id' | 'timestamp' | 'nonce' | 'body';

interface ProfileFacts {
  readonly directions: readonly ('in' | 'out')[];
  /** Absent when the profile signs no time. */
  readonly clock?: SigningClock;
  /**
   * The value that identifies a message, so that a replay is recognized. `content` is a hash of the signed content, for
   * schemes without a value of their own. With `none` a replay cannot be recognized, so the profile is outbound only.
   */
  readonly oneTimeValue: 'nonce' | 'id' | 'content' | 'none';
  /** How many signatures a message may carry. `list` profiles carry one for each active secret. */
  readonly several: 'list' | 'single';
  /** The first characters of every secret that the relay generates. */
  readonly secretPrefix: 'sk_' | 'whsec_';
}

/** A profile that signs parts joined by a separator, with HMAC-SHA256. */
export interface DelimitedProfile extends ProfileFacts {
  readonly form: 'delimited';
  readonly parts: readonly SignedPart[];
  readonly separator: '.' | '';
  readonly keyBytes: KeyBytes;
  readonly encoding: EncodingName;
  /** The header with the key id of a request. Its presence selects the credential family. */
  readonly keyIdHeader?: string;
  /** True when consumers expect `keyIdHeader` on deliveries too. */
  readonly deliveriesNameKey?: boolean;
  readonly headerCodec: HeaderCodec;
}

/** The profile of RFC 9421: the request lists the components that it signs, in a structured field. */
export interface MessageSignatureProfile extends ProfileFacts {
  readonly form: 'rfc9421';
}

export type Profile = DelimitedProfile | MessageSignatureProfile;

const seconds: SigningClock = { unit: 's', toleranceMs: FIVE_MINUTES_MS };
const milliseconds: SigningClock = { unit: 'ms', toleranceMs: FIVE_MINUTES_MS };

/** The profiles by id. `.` joins the parts, and `body` means the exact bytes received. */
export const PROFILES = {
  rfc9421: {
    form: 'rfc9421',
    directions: ['in'],
    clock: seconds,
    oneTimeValue: 'nonce',
    several: 'single',
    secretPrefix: 'sk_',
  },
  'link-peeler': {
    form: 'delimited',
    directions: ['in'],
    parts: ['timestamp', 'nonce', 'body'],
    separator: '.',
    keyBytes: 'utf8',
    encoding: 'hex',
    clock: seconds,
    oneTimeValue: 'nonce',
    several: 'single',
    secretPrefix: 'sk_',
    keyIdHeader: 'x-link-peeler-key',
    headerCodec: separateHeaders({
      timestamp: 'x-link-peeler-timestamp',
      nonce: 'x-link-peeler-nonce',
      signature: 'x-link-peeler-signature',
    }),
  },
  vouchersx: {
    form: 'delimited',
    directions: ['in', 'out'],
    parts: ['timestamp', 'body'],
    separator: '.',
    keyBytes: 'utf8',
    encoding: 'hex_either_case',
    clock: seconds,
    oneTimeValue: 'content',
    several: 'list',
    secretPrefix: 'sk_',
    keyIdHeader: 'x-partner-slug',
    deliveriesNameKey: true,
    headerCodec: combinedHeader('x-signature', { maxSignatures: 8 }),
  },
  daylight: {
    form: 'delimited',
    directions: ['in', 'out'],
    parts: ['timestamp', 'body'],
    separator: '.',
    keyBytes: 'utf8',
    encoding: 'base64url',
    clock: seconds,
    oneTimeValue: 'content',
    several: 'single',
    secretPrefix: 'sk_',
    keyIdHeader: 'x-signet-key',
    headerCodec: combinedHeader('daylight-signature', { maxSignatures: 1 }),
  },
  nitro: {
    form: 'delimited',
    directions: ['in', 'out'],
    parts: ['timestamp', 'body'],
    separator: '',
    keyBytes: 'utf8',
    encoding: 'hex',
    clock: milliseconds,
    oneTimeValue: 'content',
    several: 'single',
    secretPrefix: 'sk_',
    keyIdHeader: 'x-signet-key',
    headerCodec: separateHeaders({ timestamp: 'x-timestamp', signature: 'x-signature' }),
  },
  tolinku: {
    form: 'delimited',
    directions: ['out'],
    parts: ['body'],
    separator: '.',
    keyBytes: 'utf8',
    encoding: 'hex',
    oneTimeValue: 'none',
    several: 'single',
    secretPrefix: 'whsec_',
    headerCodec: separateHeaders({ signature: 'x-webhook-signature' }),
  },
  'standard-webhooks': {
    form: 'delimited',
    directions: ['out'],
    parts: ['id', 'timestamp', 'body'],
    separator: '.',
    keyBytes: 'base64_after_whsec',
    encoding: 'base64',
    clock: seconds,
    oneTimeValue: 'id',
    several: 'list',
    secretPrefix: 'whsec_',
    headerCodec: separateHeaders(
      { id: 'webhook-id', timestamp: 'webhook-timestamp', signature: 'webhook-signature' },
      { prefix: 'v1,', separator: ' ', maxSignatures: 8 },
    ),
  },
} as const satisfies Record<string, Profile>;

export type ProfileId = keyof typeof PROFILES;

type IdsBy<Filter> = { [Id in ProfileId]: (typeof PROFILES)[Id] extends Filter ? Id : never }[ProfileId];
export type DelimitedProfileId = IdsBy<{ form: 'delimited' }>;
export type InboundProfileId = IdsBy<{ directions: readonly ['in', ...unknown[]] }>;
export type OutboundProfileId = IdsBy<{ directions: readonly [...unknown[], 'out'] }>;

const ids = Object.keys(PROFILES) as ProfileId[];

export const INBOUND_PROFILES = ids.filter((id) => sends(id, 'in')) as readonly InboundProfileId[];
export const OUTBOUND_PROFILES = ids.filter((id) => sends(id, 'out')) as readonly OutboundProfileId[];

function sends(id: ProfileId, direction: 'in' | 'out'): boolean {
  return (PROFILES[id] as Profile).directions.includes(direction);
}

/** Returns true when the profile signs the method and the path. Otherwise both can be changed in flight. */
export function coversMethodAndPath(id: ProfileId): boolean {
  return PROFILES[id].form === 'rfc9421';
}

/**
 * Returns true when a request that only reads claims its one-time value too.
 * Such a profile does not sign the method, and its nonce makes the claim cheap.
 */
export function claimsReads(id: InboundProfileId): boolean {
  return !coversMethodAndPath(id) && PROFILES[id].oneTimeValue === 'nonce';
}

/** Returns true when the signature of a request without a body proves only the time of signing. */
export function bindsOnlyTheBody(id: InboundProfileId): boolean {
  return !coversMethodAndPath(id) && PROFILES[id].oneTimeValue === 'content';
}
