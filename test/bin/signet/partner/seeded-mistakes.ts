// Every well-known mistake in every profile that allows it: a capture, and the code that names the mistake.
import type { Suspicion } from '../../../../lib/protocol/diagnosis/suspicions.ts';
import {
  base64,
  base64url,
  captureDelimited,
  captureMessage,
  type Draft,
  hex,
  JOINED_WAYS,
  MESSAGE_SECRET,
  type MessageDraft,
  SENT_BODY,
  type Way,
} from '../hand-signed.ts';

export interface SeededMistake {
  readonly name: string;
  readonly suspicion: Suspicion;
  readonly capture: string;
  readonly secret: string;
  /** True when the headers alone show the mistake. */
  readonly needsNoSecret: boolean;
}

interface Mistake {
  readonly name: string;
  readonly suspicion: Suspicion;
  readonly in: (way: Way) => boolean;
  readonly make: (right: Draft, way: Way) => Partial<Draft>;
  readonly needsNoSecret?: true;
}

const value = JSON.parse(SENT_BODY);
const compact = JSON.stringify(value);
/** Body texts that serializers write, and the mistake that each shows. */
const BODIES: readonly (readonly [string, Suspicion, string])[] = [
  ['written anew without spaces', 'json_reserialized', compact],
  ['written anew in ASCII', 'json_reserialized', compact.replace('ë', '\\u00eb')],
  ['written anew as Python does', 'json_reserialized', SENT_BODY.replace('ë', '\\u00eb')],
  ['written anew as PHP does', 'json_reserialized', compact.replace('ë', '\\u00eb').replaceAll('/', '\\/')],
  ['indented by two', 'json_pretty_printed', JSON.stringify(value, null, 2)],
  ['indented by four', 'json_pretty_printed', JSON.stringify(value, null, 4)],
  ['indented by tabs', 'json_pretty_printed', JSON.stringify(value, null, '\t')],
  ['with the line break of echo', 'trailing_newline', `${SENT_BODY}\n`],
  ['left out', 'body_not_signed', ''],
];

const always = () => true;
const takesHex = ({ profile }: Way) => ['link-peeler', 'vouchersx', 'nitro', 'tolinku'].includes(profile);
const takesBase64 = (way: Way) => !takesHex(way);
const has = (unit: Way['unit']) => (way: Way) => way.unit === unit;
const hasSeparator = ({ right }: Way) => right.separator !== '' && right.signedParts.length > 0;
const bare = (secret: string) => secret.replace(/^(sk|whsec)_/, '');
const decodes = ({ profile }: Way) => profile === 'standard-webhooks';

const MISTAKES: readonly Mistake[] = [
  ...BODIES.map(([name, suspicion, signedBody]) => ({
    name: `the body signed ${name}`,
    suspicion,
    in: always,
    make: () => ({ signedBody }),
  })),
  {
    name: 'a line break sent that was not signed',
    suspicion: 'trailing_newline',
    in: always,
    make: () => ({ sentBody: `${SENT_BODY}\n` }),
  },
  {
    name: 'an empty body signed without its dot',
    suspicion: 'empty_body_without_dot',
    in: hasSeparator,
    make: () => ({ sentBody: '', signedBody: '', change: (content) => content.slice(0, -1) }),
  },
  { name: 'no dots', suspicion: 'separator_missing', in: hasSeparator, make: () => ({ separator: '' }) },
  {
    name: 'the nonce not signed',
    suspicion: 'nonce_not_signed',
    in: ({ right }) => right.signedParts.includes('nonce'),
    make: () => ({ signedParts: ['time'] }),
  },
  {
    name: 'seconds sent and signed',
    suspicion: 'seconds_for_milliseconds',
    in: has('ms'),
    make: ({ sentTime }) => ({ sentTime: sentTime.slice(0, 10), signedTime: sentTime.slice(0, 10) }),
    needsNoSecret: true,
  },
  {
    name: 'seconds signed, milliseconds sent',
    suspicion: 'seconds_for_milliseconds',
    in: has('ms'),
    make: ({ sentTime }) => ({ signedTime: sentTime.slice(0, 10) }),
  },
  {
    name: 'milliseconds sent and signed',
    suspicion: 'milliseconds_for_seconds',
    in: has('s'),
    make: ({ sentTime }) => ({ sentTime: `${sentTime}123`, signedTime: `${sentTime}123` }),
    needsNoSecret: true,
  },
  {
    name: 'milliseconds signed, seconds sent',
    suspicion: 'milliseconds_for_seconds',
    in: has('s'),
    make: ({ sentTime }) => ({ signedTime: `${sentTime}000` }),
  },
  {
    name: 'the secret decoded',
    suspicion: 'secret_decoded',
    in: (way) => !decodes(way),
    make: (_, { secret }) => ({ key: Buffer.from(bare(secret), 'base64') }),
  },
  {
    name: 'the secret not decoded',
    suspicion: 'secret_not_decoded',
    in: decodes,
    make: (_, { secret }) => ({ key: Buffer.from(secret) }),
  },
  {
    name: 'the secret without its prefix',
    suspicion: 'secret_without_prefix',
    in: (way) => !decodes(way),
    make: (_, { secret }) => ({ key: Buffer.from(bare(secret)) }),
  },
  {
    name: 'the secret without its prefix, not decoded',
    suspicion: 'secret_not_decoded',
    in: decodes,
    make: (_, { secret }) => ({ key: Buffer.from(bare(secret)) }),
  },
  {
    name: 'the secret with a line break',
    suspicion: 'secret_with_newline',
    in: (way) => !decodes(way),
    make: (_, { secret }) => ({ key: Buffer.from(`${secret}\n`) }),
  },
  {
    name: 'signed as another profile does',
    suspicion: 'other_profile',
    in: always,
    make: (_, { profile, right }) =>
      ['nitro', 'standard-webhooks', 'tolinku'].includes(profile)
        ? { signedParts: ['time'], separator: '.', signedTime: right.sentTime }
        : { signedParts: [] },
  },
  {
    name: 'base64',
    suspicion: 'base64_for_hex',
    in: takesHex,
    make: () => ({ encode: base64 }),
    needsNoSecret: true,
  },
  { name: 'hex', suspicion: 'hex_for_base64', in: takesBase64, make: () => ({ encode: hex }), needsNoSecret: true },
  {
    name: 'the other base64',
    suspicion: 'base64_alphabet',
    in: takesBase64,
    make: ({ encode }) => ({ encode: encode === base64 ? base64url : base64 }),
    needsNoSecret: true,
  },
  {
    name: 'upper-case hex',
    suspicion: 'upper_case_hex',
    in: (way) => takesHex(way) && way.profile !== 'vouchersx',
    make: () => ({ encode: (mac) => hex(mac).toUpperCase() }),
    needsNoSecret: true,
  },
  {
    name: 'sha256= before the signature',
    suspicion: 'signature_prefixed',
    in: always,
    make: ({ encode }) => ({ encode: (mac) => `sha256=${encode(mac)}` }),
    needsNoSecret: true,
  },
];

const joined = JOINED_WAYS.flatMap((way) =>
  MISTAKES.filter((mistake) => mistake.in(way)).map(
    ({ name, suspicion, make, needsNoSecret = false }): SeededMistake => ({
      name: `${way.name}: ${name}`,
      suspicion,
      capture: captureDelimited(way, make(way.right, way)),
      secret: way.secret,
      needsNoSecret,
    }),
  ),
);

const key = (make: (text: string) => Buffer | string) => ({ key: Buffer.from(make(MESSAGE_SECRET)) });
const change = (from: string | RegExp, to: string) => ({ change: (base: string) => base.replace(from, to) });

/** Mistakes in RFC 9421. What the digest shows needs no secret. */
const MESSAGES: readonly (readonly [string, Suspicion, Partial<MessageDraft>, boolean])[] = [
  ...BODIES.map(([name, suspicion, digested]) => [`the body digested ${name}`, suspicion, { digested }, true] as const),
  ['a line break after the base', 'trailing_newline', change(/$/, '\n'), false],
  ['no question mark', 'query_without_question_mark', change('"@query": ?', '"@query": '), false],
  ['the query in the path', 'path_with_query', change(/("@path": .*)/, '$1?dry=1'), false],
  ['no last line', 'parameters_missing', change(/\n"@signature-params".*$/, ''), false],
  ['hex', 'hex_for_base64', { encode: hex }, true],
  ['the other base64', 'base64_alphabet', { encode: base64url }, true],
  ['milliseconds in created', 'milliseconds_for_seconds', { created: '1800000000123' }, true],
  ['the secret decoded', 'secret_decoded', key((text) => Buffer.from(bare(text), 'base64')), false],
  ['the secret without its prefix', 'secret_without_prefix', key(bare), false],
  ['the secret with a line break', 'secret_with_newline', key((text) => `${text}\n`), false],
];

export const SEEDED_MISTAKES: readonly SeededMistake[] = [
  ...joined,
  ...MESSAGES.map(([name, suspicion, draft, needsNoSecret]) => ({
    name: `rfc9421: ${name}`,
    suspicion,
    capture: captureMessage(draft),
    secret: MESSAGE_SECRET,
    needsNoSecret,
  })),
];

/** The same mistakes with a key pair, except those of the secret. */
export const ED25519_MISTAKES = MESSAGES.filter(([, , draft]) => draft.key === undefined).map(
  ([name, suspicion, draft]) => ({ name, suspicion, capture: captureMessage({ ...draft, key: 'ed25519' }) }),
);
