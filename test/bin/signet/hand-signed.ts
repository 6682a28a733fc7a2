// Messages of every profile, built by hand from the wire document and signed with node:crypto, not with our signer.
import { createHash, createHmac, createPrivateKey, generateKeyPairSync, sign } from 'node:crypto';
import type { ProfileId } from '../../../lib/protocol/profiles/profiles.ts';
import { NONCE, NOW_MS } from './fake-terminal.ts';

/** The parts of a message. `sent…` is in the headers and the body, `signed…` is what the signer used. */
export interface Draft {
  readonly sentTime: string;
  readonly signedTime: string;
  readonly sentBody: string;
  readonly signedBody: string;
  readonly separator: string;
  /** The signed bytes before the body. */
  readonly signedParts: readonly (keyof typeof PART_TEXTS | 'time')[];
  readonly key: Buffer;
  readonly encode: (mac: Buffer) => string;
  /** The signed content. */
  readonly change: (content: string) => string;
}

const PART_TEXTS = { nonce: NONCE, id: 'evt_1' } as const;

/** One use of a profile: for requests or for deliveries. */
export interface Way {
  readonly name: string;
  readonly profile: ProfileId;
  readonly isDelivery: boolean;
  readonly secret: string;
  readonly unit: 's' | 'ms' | 'none';
  readonly right: Draft;
  readonly headers: (draft: Draft, signature: string) => readonly (readonly [string, string])[];
}

export const SENT_BODY = '{"link": "https://e.example/a", "name": "Zoë", "n": [1, 2]}';
const SK = `sk_${Buffer.alloc(32, 0xa7).toString('base64url')}`;
const WHSEC = `whsec_${Buffer.alloc(32, 0xfb).toString('base64')}`;
const utf8 = (text: string) => Buffer.from(text, 'utf8');
const SECONDS = String(NOW_MS / 1000);

export const hex = (mac: Buffer) => mac.toString('hex');
export const base64 = (mac: Buffer) => mac.toString('base64');
export const base64url = (mac: Buffer) => mac.toString('base64url');

const DELIVERY = [
  ['webhook-id', 'evt_1'],
  ['webhook-timestamp', SECONDS],
  ['x-webhook-event', 'link.resolved'],
] as const;

function way(facts: Omit<Way, 'right' | 'name'> & Partial<Draft>): Way {
  const { profile, isDelivery, secret, unit, headers, ...own } = facts;
  const time = unit === 'ms' ? String(NOW_MS) : SECONDS;
  const right: Draft = {
    sentTime: time,
    signedTime: time,
    sentBody: SENT_BODY,
    signedBody: SENT_BODY,
    separator: '.',
    signedParts: ['time'],
    key: utf8(secret),
    encode: hex,
    change: (content) => content,
    ...own,
  };
  return { name: `${profile} ${isDelivery ? 'out' : 'in'}`, profile, isDelivery, secret, unit, right, headers };
}

const sk = { secret: SK, unit: 's' } as const;
const vouchersx = { ...sk, profile: 'vouchersx' } as const;
const daylight = { ...sk, profile: 'daylight', encode: base64url } as const;
const nitro = { secret: SK, unit: 'ms', profile: 'nitro', separator: '' } as const;

export const JOINED_WAYS: readonly Way[] = [
  way({
    ...sk,
    profile: 'link-peeler',
    isDelivery: false,
    signedParts: ['time', 'nonce'],
    headers: ({ sentTime }, signature) => [
      ['X-Link-Peeler-Key', 'p1'],
      ['X-Link-Peeler-Timestamp', sentTime],
      ['X-Link-Peeler-Nonce', NONCE],
      ['X-Link-Peeler-Signature', signature],
    ],
  }),
  ...[false, true].flatMap((isDelivery) => [
    way({
      ...vouchersx,
      isDelivery,
      headers: ({ sentTime }, signature) => [
        ['x-partner-slug', 'p1'],
        ['x-signature', `t=${sentTime},v1=${signature}`],
      ],
    }),
    way({
      ...daylight,
      isDelivery,
      headers: ({ sentTime }, signature) => [
        ...(isDelivery ? [] : [['x-signet-key', 'p1'] as const]),
        ['daylight-signature', `t=${sentTime},v1=${signature}`],
      ],
    }),
    way({
      ...nitro,
      isDelivery,
      headers: ({ sentTime }, signature) => [
        ...(isDelivery ? [] : [['x-signet-key', 'p1'] as const]),
        ['x-timestamp', sentTime],
        ['x-signature', signature],
      ],
    }),
  ]),
  way({
    profile: 'tolinku',
    isDelivery: true,
    secret: WHSEC,
    unit: 'none',
    signedParts: [],
    headers: (_, signature) => [['X-Webhook-Signature', signature]],
  }),
  way({
    profile: 'standard-webhooks',
    isDelivery: true,
    secret: WHSEC,
    unit: 's',
    signedParts: ['id', 'time'],
    key: Buffer.alloc(32, 0xfb),
    encode: base64,
    headers: ({ sentTime }, signature) => [
      ['webhook-timestamp', sentTime],
      ['webhook-signature', `v1,${signature}`],
    ],
  }),
];

export function contentOf({ signedTime, signedBody, separator, signedParts, change }: Draft): string {
  const texts = signedParts.map((part) => (part === 'time' ? signedTime : PART_TEXTS[part]));
  return change([...texts, signedBody].join(separator));
}

/** Returns the capture of a message, as a proxy shows it. */
export function captureDelimited(way: Way, changes: Partial<Draft> = {}): string {
  const draft = { ...way.right, ...changes };
  const signature = draft.encode(createHmac('sha256', draft.key).update(contentOf(draft)).digest());
  const own = way.headers(draft, signature);
  const names = own.map(([name]) => name.toLowerCase());
  const common = way.isDelivery ? DELIVERY.filter(([name]) => !names.includes(name)) : [];
  return formatHttp([...common, ...own], draft.sentBody);
}

export const TARGET = { method: 'POST', host: 'relay.example', path: '/api/links/fetch', query: 'dry=1' } as const;

export function formatHttp(headers: readonly (readonly [string, string])[], body: string): string {
  const lines = [
    `${TARGET.method} ${TARGET.path}?${TARGET.query} HTTP/1.1`,
    `Host: ${TARGET.host}`,
    'Content-Type: application/json',
    ...headers.map(([name, value]) => `${name}: ${value}`),
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  return `${lines.join('\r\n')}\r\n\r\n${body}`;
}

/** Returns the capture of an RFC 9421 request. */
export interface MessageDraft {
  readonly digested: string;
  readonly created: string;
  readonly key: Buffer | 'ed25519';
  readonly encode: (signature: Buffer) => string;
  readonly change: (base: string) => string;
}

const pair = generateKeyPairSync('ed25519', {
  privateKeyEncoding: { format: 'pem', type: 'pkcs8' },
  publicKeyEncoding: { format: 'pem', type: 'spki' },
});
export const ED25519_PEM = { private: pair.privateKey, public: pair.publicKey };
export const MESSAGE_SECRET = SK;

export const RIGHT_MESSAGE: MessageDraft = {
  digested: SENT_BODY,
  created: SECONDS,
  key: utf8(SK),
  encode: base64,
  change: (base) => base,
};

export function baseOf({ digested, created, key }: MessageDraft): { base: string; digest: string; input: string } {
  const digest = `sha-256=:${createHash('sha256').update(digested).digest('base64')}:`;
  const algorithm = key === 'ed25519' ? 'ed25519' : 'hmac-sha256';
  const input = `("@method" "@authority" "@path" "@query" "content-digest");created=${created};nonce="${NONCE}";keyid="p1";alg="${algorithm}";tag="signet"`;
  const base = [
    `"@method": ${TARGET.method}`,
    `"@authority": ${TARGET.host}`,
    `"@path": ${TARGET.path}`,
    `"@query": ?${TARGET.query}`,
    `"content-digest": ${digest}`,
    `"@signature-params": ${input}`,
  ].join('\n');
  return { base, digest, input };
}

export function captureMessage(changes: Partial<MessageDraft> = {}): string {
  const draft = { ...RIGHT_MESSAGE, ...changes };
  const { base, digest, input } = baseOf(draft);
  const signed = draft.change(base);
  const signature =
    draft.key === 'ed25519'
      ? sign(null, Buffer.from(signed), createPrivateKey(pair.privateKey))
      : createHmac('sha256', draft.key).update(signed).digest();
  const headers = [
    ['Content-Digest', digest],
    ['Signature-Input', `sig=${input}`],
    ['Signature', `sig=:${draft.encode(signature)}:`],
  ] as const;
  return formatHttp(headers, SENT_BODY);
}
