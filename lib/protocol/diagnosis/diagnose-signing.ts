// Diagnosis of wrong signatures: tries the well-known mistakes one by one, with the secrets of the key.
import { createSecretKey, type KeyObject, verify } from 'node:crypto';
import { ENCODINGS } from '../encoding.ts';
import { type DelimitedProfile, PROFILES, type Profile } from '../profiles/profiles.ts';
import type { SignatureClaim } from '../profiles/signature-claim.ts';
import { formatTimestamp, type SigningClock } from '../profiles/signing-time.ts';
import { deriveUsableKeys, type KeyBytes } from '../secret.ts';
import { sha256 } from '../sha256.ts';
import { buildSignedContent, type SignedParts } from '../signatures/delimited-signature.ts';
import { fitsAnyKey } from '../signatures/hmac.ts';
import { listBodyVariants } from './body-variants.ts';
import type { Suspicion } from './suspicions.ts';

/** A mistake, and the content that its sender signed. */
interface ContentVariant {
  readonly suspicion: Suspicion;
  readonly content: Uint8Array;
}

/** A request or delivery of a delimited profile whose signature is wrong. */
export interface DelimitedSignature {
  readonly profile: DelimitedProfile;
  readonly parts: SignedParts;
  readonly signatures: readonly Uint8Array[];
}

/**
 * Returns the first mistake that explains one of the signatures, or undefined. `secrets` are secret texts in UTF-8.
 * The number of HMACs depends only on the message and on how many secrets there are. Callers pass as many dummy secrets
 * for an unknown key as a known key has, so that the time does not reveal whether the key exists.
 */
export function diagnoseDelimited(message: DelimitedSignature, secrets: readonly Uint8Array[]): Suspicion | undefined {
  const { profile, parts, signatures } = message;
  const own = deriveUsableKeys(
    profile.keyBytes,
    secrets.map((bytes) => Buffer.from(bytes).toString('utf8')),
  );
  const found = [
    ...listContentVariants(profile, parts).map((variant) => ({ ...variant, keys: own })),
    ...listKeyVariants(profile.keyBytes, secrets).map(({ suspicion, keys }) => {
      return { suspicion, keys, content: buildSignedContent(profile, parts) };
    }),
  ].filter(({ content, keys }) => fitsAnyKey(content, keys, signatures));
  return found[0]?.suspicion;
}

/**
 * Returns the first mistake that explains a request's signature, or undefined; see `diagnoseDelimited`.
 * For `ed25519`, `keys` are public keys. For HMAC they hold secret texts in UTF-8.
 */
export function diagnoseSigning(claim: SignatureClaim, keys: readonly KeyObject[]): Suspicion | undefined {
  const profile: Profile = PROFILES[claim.profile];
  if (profile.form === 'rfc9421') return diagnoseMessage(claim, keys);
  const { signatures, nonce, timestampMs, request } = claim;
  const timestamp = profile.clock && formatTimestamp(profile.clock, timestampMs);
  const parts = { timestamp, nonce, body: request.body };
  return diagnoseDelimited(
    { profile, parts, signatures },
    keys.map((key) => key.export()),
  );
}

function listContentVariants(profile: DelimitedProfile, parts: SignedParts): readonly ContentVariant[] {
  const build = (changed: Partial<DelimitedProfile>, other: Partial<SignedParts> = {}) =>
    buildSignedContent({ ...profile, ...changed }, { ...parts, ...other });
  const content = build({});
  const withoutNonce = profile.parts.filter((name) => name !== 'nonce');
  const times = profile.clock ? otherUnit(profile.clock, parts.timestamp ?? '') : [];
  return [
    // The signed content is right, but the headers belong to another profile than the key.
    { suspicion: 'other_profile', content },
    ...times.map(({ suspicion, timestamp }) => ({ suspicion, content: build({}, { timestamp }) })),
    ...(withoutNonce.length < profile.parts.length
      ? [{ suspicion: 'nonce_not_signed', content: build({ parts: withoutNonce }) } as const]
      : []),
    ...(parts.body.length === 0 && profile.separator !== '' && profile.parts.length > 1
      ? [{ suspicion: 'empty_body_without_dot', content: content.subarray(0, -profile.separator.length) } as const]
      : []),
    ...listBodyVariants(parts.body).map(({ suspicion, body }) => ({ suspicion, content: build({}, { body }) })),
    ...(profile.separator === ''
      ? []
      : [{ suspicion: 'separator_missing', content: build({ separator: '' }) } as const]),
    ...otherProfiles(profile, parts).map((other) => ({ suspicion: 'other_profile', content: other }) as const),
  ];
}

function otherUnit(clock: SigningClock, timestamp: string): { suspicion: Suspicion; timestamp: string }[] {
  return clock.unit === 's'
    ? [{ suspicion: 'milliseconds_for_seconds', timestamp: `${timestamp}000` }]
    : [{ suspicion: 'seconds_for_milliseconds', timestamp: timestamp.slice(0, -3) }];
}

/** Returns what every other delimited profile would sign of this message. Profiles whose parts it lacks are left out. */
function otherProfiles(own: Profile, parts: SignedParts): Buffer[] {
  const rows: readonly Profile[] = Object.values(PROFILES);
  return rows
    .filter((row): row is DelimitedProfile => row.form === 'delimited' && row !== own)
    .filter((row) => row.parts.every((name) => parts[name] !== undefined))
    .map((row) => buildSignedContent(row, parts));
}

interface KeyVariant {
  readonly suspicion: Suspicion;
  readonly keys: readonly KeyObject[];
}

/** Returns the wrong keys that people derive from the same secret text. */
function listKeyVariants(rule: KeyBytes, secrets: readonly Uint8Array[]): readonly KeyVariant[] {
  const texts = secrets.map((bytes) => Buffer.from(bytes).toString('utf8'));
  const keys = (make: (text: string) => Buffer | string) => texts.map((text) => secretKey(make(text)));
  const bare = (text: string) => text.replace(/^(?:sk|whsec)_/, '');
  if (rule === 'base64_after_whsec')
    return [(text: string) => text, bare].map((make) => ({ suspicion: 'secret_not_decoded', keys: keys(make) }));
  return [
    { suspicion: 'secret_with_newline', keys: keys((text) => `${text}\n`) },
    { suspicion: 'secret_with_newline', keys: keys((text) => `${text}\r\n`) },
    { suspicion: 'secret_without_prefix', keys: keys(bare) },
    { suspicion: 'secret_decoded', keys: keys((text) => Buffer.from(bare(text), 'base64')) },
  ];
}

function secretKey(bytes: Buffer | string): KeyObject {
  return createSecretKey(typeof bytes === 'string' ? Buffer.from(bytes, 'utf8') : bytes);
}

/** Returns the mistake in an RFC 9421 signature. A wrong digest and a signature in hex are found without any key. */
function diagnoseMessage(claim: SignatureClaim, keys: readonly KeyObject[]): Suspicion | undefined {
  if (!claim.bodyMatchesDigest) return diagnoseDigest(claim);
  if (claim.signatures.some(isHexReadAsBase64)) return 'hex_for_base64';
  const asText = Buffer.from(claim.signedContent).toString('utf8');
  const variants = listBaseVariants(asText).map(({ suspicion, content }) => ({ suspicion, content, keys }));
  const keyed = claim.algorithm === 'hmac-sha256' ? listMacVariants(claim, keys) : [];
  const found = [...variants, ...keyed].filter(({ content, keys }) => fits(claim, content, keys));
  return found[0]?.suspicion;
}

/** Returns true for a signature that was sent as hex. Hex digits are valid base64 too, of a longer byte string. */
function isHexReadAsBase64(signature: Uint8Array): boolean {
  return /^(?:[0-9A-F]{64}|[0-9A-F]{128})$/i.test(Buffer.from(signature).toString('base64'));
}

/** Returns the variants for HMAC keys: wrong keys from the secrets, and the signed content of delimited profiles. */
function listMacVariants(claim: SignatureClaim, keys: readonly KeyObject[]) {
  const { signedContent, timestampMs, nonce, request } = claim;
  const timestamp = formatTimestamp(PROFILES.rfc9421.clock, timestampMs);
  const secrets = keys.map((key) => key.export());
  return [
    ...listKeyVariants('utf8', secrets).map((variant) => ({ ...variant, content: signedContent })),
    ...otherProfiles(PROFILES.rfc9421, { timestamp, nonce, body: request.body }).map((content) => {
      return { suspicion: 'other_profile', content, keys } as const;
    }),
  ];
}

function fits({ algorithm, signatures }: SignatureClaim, content: Uint8Array, keys: readonly KeyObject[]): boolean {
  if (algorithm === 'hmac-sha256') return fitsAnyKey(content, keys, signatures);
  return keys.flatMap((key) => signatures.map((signature) => verify(null, content, key, signature))).includes(true);
}

function listBaseVariants(base: string): readonly ContentVariant[] {
  const path = /^"@path": (.*)$/m.exec(base)?.[1] ?? '';
  const query = /^"@query": (.*)$/m.exec(base)?.[1] ?? '';
  const texts: readonly (readonly [Suspicion, string])[] = [
    ['other_profile', base],
    ['trailing_newline', `${base}\n`],
    ['query_without_question_mark', base.replace(/^"@query": \?/m, '"@query": ')],
    ['path_with_query', base.replace(/^"@path": .*$/m, () => `"@path": ${path}${query}`)],
    ['parameters_missing', base.slice(0, base.lastIndexOf('\n"@signature-params": '))],
  ];
  return texts.map(([suspicion, text]) => ({ suspicion, content: Buffer.from(text) }));
}

function diagnoseDigest({ request }: SignatureClaim): Suspicion | undefined {
  const stated = request.headers['content-digest'] ?? '';
  const fitting = listBodyVariants(request.body).find(({ body }) =>
    stated.includes(`:${ENCODINGS.base64.encode(sha256(body))}:`),
  );
  return fitting?.suspicion;
}
