// Deliveries for the verifiers of the wire document: genuine ones, and others that must be refused.
import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { ENCODINGS } from '../../lib/protocol/encoding.ts';
import { type DelimitedProfile, type OutboundProfileId, PROFILES } from '../../lib/protocol/profiles/profiles.ts';
import { deriveHmacKey, Secret } from '../../lib/protocol/secret.ts';
import { buildSignedContent } from '../../lib/protocol/signatures/delimited-signature.ts';
import { hmacSha256 } from '../../lib/protocol/signatures/hmac.ts';
import { signWebhook, verifyWebhook, type WebhookMessage } from '../../lib/protocol/signatures/webhook.ts';
import { slips } from './wire-slips.ts';

export const BODY = Buffer.from('{"id":"evt_1","type":"link.resolved","data":{"source":"Zürich"}}\n');

const SENT_AT_MS = 1_800_000_000_000;

/** A delivery, and whether it is genuine. */
export interface Case {
  readonly name: string;
  readonly headers: Record<string, string>;
  readonly body: Buffer;
  /** The secret of the consumer. */
  readonly secret: string;
  /** The time of verification. When it is undefined, the verifier uses its own clock. */
  readonly nowMs: number | undefined;
  readonly genuine: boolean;
}

type Unnamed = Omit<Case, 'name'>;

/** Returns a new random secret of the profile's form. */
export function makeSecret(id: OutboundProfileId): string {
  const { secretPrefix } = PROFILES[id];
  return secretPrefix + randomBytes(32).toString(secretPrefix === 'sk_' ? 'base64url' : 'base64');
}

/** Returns the HMAC key of a secret under a profile. */
export function keyOf(id: OutboundProfileId, secret: string) {
  return deriveHmacKey(new Secret(secret), PROFILES[id].keyBytes);
}

/** Returns the headers of a delivery. The secrets are the active ones, the current one first. */
export function headersOf(
  id: OutboundProfileId,
  [current, ...older]: readonly [string, ...string[]],
  more: Partial<WebhookMessage> = {},
): Record<string, string> {
  const message = { id: 'evt_1', type: 'link.resolved', timestampMs: SENT_AT_MS, body: BODY, keyId: 'we_1', ...more };
  return signWebhook(id, message, [keyOf(id, current), ...older.map((secret) => keyOf(id, secret))]);
}

/** Returns named deliveries under a profile. */
export function casesOf(id: OutboundProfileId): Case[] {
  const secret = makeSecret(id);
  const good = { headers: headersOf(id, [secret]), body: BODY, secret, nowMs: SENT_AT_MS, genuine: true };
  return [
    { ...good, name: 'as sent' },
    ...secretCases(id, good),
    ...bodyCases(id, good),
    ...timeCases(id, good),
    ...signatureCases(id, good),
    ...manySignatureCases(id, good),
    ...signedAgainCases(id, good),
  ];
}

function secretCases(id: OutboundProfileId, good: Unnamed): Case[] {
  const newer = makeSecret(id);
  const rotating = { ...good, headers: headersOf(id, [newer, good.secret]) };
  return [
    { ...good, name: 'another secret', secret: newer, genuine: false },
    { ...rotating, name: 'while rotating, with the older secret' },
    {
      ...rotating,
      name: 'while rotating, with the newer secret',
      secret: newer,
      genuine: PROFILES[id].several === 'list',
    },
  ];
}

function bodyCases(id: OutboundProfileId, good: Unnamed): Case[] {
  const signed = (body: Buffer) => ({ ...good, body, headers: headersOf(id, [good.secret], { body }) });
  return [
    { ...signed(Buffer.alloc(0)), name: 'no body' },
    { ...signed(Buffer.from([0, 255, 10, 13, 128])), name: 'bytes that are not text' },
    {
      ...good,
      name: 'a changed body',
      body: Buffer.from(BODY.map((byte, at) => byte ^ (at === 7 ? 1 : 0))),
      genuine: false,
    },
    { ...good, name: 'a longer body', body: Buffer.concat([BODY, Buffer.from('\n')]), genuine: false },
    { ...good, name: 'the body removed', body: Buffer.alloc(0), genuine: false },
  ];
}

function timeCases(id: OutboundProfileId, good: Unnamed): Case[] {
  const { clock }: DelimitedProfile = PROFILES[id];
  const byItsClock = (offsetMs: number) => {
    const headers = headersOf(id, [good.secret], { timestampMs: Date.now() + offsetMs });
    return { ...good, headers, nowMs: undefined, name: `by its own clock, sent ${offsetMs} ms from now` };
  };
  return [
    { ...good, name: 'exactly at the maximum age', nowMs: SENT_AT_MS + 300_000 },
    { ...good, name: 'exactly at the maximum time in the future', nowMs: SENT_AT_MS - 300_000 },
    { ...good, name: 'stale', nowMs: SENT_AT_MS + 300_001, genuine: !clock },
    { ...good, name: 'from the future', nowMs: SENT_AT_MS - 300_001, genuine: !clock },
    byItsClock(0),
    { ...byItsClock(-600_000), genuine: !clock },
    { ...byItsClock(600_000), genuine: !clock },
  ];
}

function signatureCases(id: OutboundProfileId, good: Unnamed): Case[] {
  const { headerCodec, encoding }: DelimitedProfile = PROFILES[id];
  const sent = good.headers[headerCodec.signatureHeader] ?? '';
  const upper = sent.replace(/[0-9a-f]{64}/, (hex) => hex.toUpperCase());
  const other = (name: string, text: string, genuine = false) => {
    return { ...good, name, headers: { ...good.headers, [headerCodec.signatureHeader]: text }, genuine };
  };
  return [
    { ...good, name: 'no headers', headers: {}, genuine: false },
    other('an empty signature', ''),
    other('a shorter signature', sent.slice(0, -1)),
    other('a longer signature', `${sent}0`),
    other('a line feed after the signature', `${sent}\n`),
    other('letters of another script', sent.replace(/.$/, 'é')),
    other('the signature twice', `${sent},${sent}`),
    other('upper case', upper, upper === sent || encoding === 'hex_either_case'),
  ];
}

/** Combined headers with more than one `v1`, the right one last. vouchersx accepts eight, daylight only one. */
function manySignatureCases(id: OutboundProfileId, good: Unnamed): Case[] {
  const { signatureHeader } = PROFILES[id].headerCodec;
  const sent = good.headers[signatureHeader] ?? '';
  const [, mac] = /^t=[0-9]+,v1=([^,]+)$/.exec(sent) ?? [];
  if (mac === undefined) return [];
  return [2, 8, 9].map((count) => {
    const others = `,v1=${mac.replaceAll(/./g, 'A')}`.repeat(count - 1);
    const headers = { ...good.headers, [signatureHeader]: sent.replace(',', `${others},`) };
    return { ...good, name: `${count} signatures`, headers, genuine: id === 'vouchersx' && count <= 8 };
  });
}

/** Deliveries with a right signature over a malformed time or id. Only the grammar refuses them. */
function signedAgainCases(id: OutboundProfileId, good: Unnamed): Case[] {
  const profile: DelimitedProfile = PROFILES[id];
  const time = String(SENT_AT_MS).slice(0, profile.clock?.unit === 'ms' ? 13 : 10);
  const texts = [
    { part: 'timestamp', name: 'a zero before the time', timestamp: `0${time}`, id: 'evt_1' },
    { part: 'timestamp', name: 'a plus before the time', timestamp: `+${time}`, id: 'evt_1' },
    { part: 'timestamp', name: 'digits of another script', timestamp: time.replaceAll('8', '٨'), id: 'evt_1' },
    { part: 'id', name: 'a dot in the id', timestamp: time, id: 'evt.1' },
    { part: 'id', name: 'letters of another script in the id', timestamp: time, id: 'évt_1' },
  ] as const;
  return texts
    .filter(({ part }) => profile.parts.includes(part))
    .map(({ name, ...parts }) => {
      const mac = hmacSha256(keyOf(id, good.secret), buildSignedContent(profile, { ...parts, body: BODY }));
      const signed = profile.headerCodec.write({ ...parts, signatures: [ENCODINGS[profile.encoding].encode(mac)] });
      return { ...good, name, headers: { ...good.headers, ...signed }, genuine: false };
    });
}

/** Returns deliveries with slips in the headers of the profile. Our own verifier decides which are genuine. */
export function slippedCasesOf(id: OutboundProfileId): Case[] {
  const secret = makeSecret(id);
  const headers = headersOf(id, [secret]);
  const names = Object.keys(PROFILES[id].headerCodec.write({ signatures: [] }));
  return fc.sample(fc.tuple(fc.constantFrom(...names), slips), 250).map(([name, slipIn]) => {
    const slipped = { ...headers, [name]: slipIn(headers[name] ?? '') };
    const delivery = { headers: slipped, body: BODY };
    const genuine = verifyWebhook(id, delivery, [keyOf(id, secret)], SENT_AT_MS).ok;
    return { ...delivery, name: `${name}: ${JSON.stringify(slipped[name])}`, secret, nowMs: SENT_AT_MS, genuine };
  });
}
