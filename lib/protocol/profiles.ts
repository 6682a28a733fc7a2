// The table of signature profiles. Signing and verifying both read these rows; nothing else enumerates them.
import { type Carriage, separateHeaders } from './carriage.ts';
import type { EncodingName } from './encoding.ts';
import type { KeyBytes } from './secret.ts';
import { FIVE_MINUTES_MS, type SigningClock } from './signing-time.ts';

export type SignedPart = 'id' | 'timestamp' | 'nonce' | 'body';

interface ProfileFacts {
  readonly directions: readonly ('in' | 'out')[];
  readonly clock: SigningClock;
  /** What makes two requests the same one. `content` is for schemes that bring no value of their own. */
  readonly oneTimeValue: 'nonce' | 'id' | 'content';
  /** How many signatures a message may carry: several active secrets show in `list` schemes only. */
  readonly several: 'list' | 'single';
}

/** HMAC-SHA256 over parts joined by a separator. */
export interface JoinedProfile extends ProfileFacts {
  readonly form: 'joined';
  readonly parts: readonly SignedPart[];
  readonly separator: '.' | '';
  readonly keyBytes: KeyBytes;
  readonly encoding: EncodingName;
  readonly carriage: Carriage;
}

/** RFC 9421: components named by the request itself, carried in structured fields. */
export interface MessageSignatureProfile extends ProfileFacts {
  readonly form: 'rfc9421';
}

export type Profile = JoinedProfile | MessageSignatureProfile;

const seconds: SigningClock = { unit: 's', toleranceMs: FIVE_MINUTES_MS };

export const PROFILES = {
  rfc9421: {
    form: 'rfc9421',
    directions: ['in'],
    clock: seconds,
    oneTimeValue: 'nonce',
    several: 'single',
  },
  'link-peeler': {
    form: 'joined',
    directions: ['in'],
    parts: ['timestamp', 'nonce', 'body'],
    separator: '.',
    keyBytes: 'utf8',
    encoding: 'hex',
    clock: seconds,
    oneTimeValue: 'nonce',
    several: 'single',
    carriage: separateHeaders({
      keyId: 'x-link-peeler-key',
      timestamp: 'x-link-peeler-timestamp',
      nonce: 'x-link-peeler-nonce',
      signature: 'x-link-peeler-signature',
    }),
  },
  'standard-webhooks': {
    form: 'joined',
    directions: ['out'],
    parts: ['id', 'timestamp', 'body'],
    separator: '.',
    keyBytes: 'base64_after_whsec',
    encoding: 'base64',
    clock: seconds,
    oneTimeValue: 'id',
    several: 'list',
    carriage: separateHeaders(
      { id: 'webhook-id', timestamp: 'webhook-timestamp', signature: 'webhook-signature' },
      { before: 'v1,', between: ' ' },
    ),
  },
} as const satisfies Record<string, Profile>;

export type ProfileId = keyof typeof PROFILES;

type IdsBy<Filter> = { [Id in ProfileId]: (typeof PROFILES)[Id] extends Filter ? Id : never }[ProfileId];
export type JoinedProfileId = IdsBy<{ form: 'joined' }>;
export type InboundProfileId = IdsBy<{ directions: readonly ['in', ...unknown[]] }>;
export type OutboundProfileId = IdsBy<{ directions: readonly [...unknown[], 'out'] }>;

const ids = Object.keys(PROFILES) as ProfileId[];

export const INBOUND_PROFILES = ids.filter((id) => sends(id, 'in')) as readonly InboundProfileId[];
export const OUTBOUND_PROFILES = ids.filter((id) => sends(id, 'out')) as readonly OutboundProfileId[];

function sends(id: ProfileId, direction: 'in' | 'out'): boolean {
  return (PROFILES[id] as Profile).directions.includes(direction);
}

/** True when the signature binds the method and the path. Where it does not, those can be changed in flight. */
export function coversMethodAndPath(id: ProfileId): boolean {
  return PROFILES[id].form === 'rfc9421';
}
