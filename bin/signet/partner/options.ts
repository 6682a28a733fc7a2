// The options of the partner's commands.
import { INBOUND_PROFILES, OUTBOUND_PROFILES } from '../../../lib/protocol/profiles/profiles.ts';
import { flag, type Given, type OptionRows, overridable, required } from '../../../lib/terminal/program.ts';
import { FILE, ID, type Kind, oneOf, parseTime, TEXT, URL_TEXT } from '../../../lib/terminal/values.ts';

/** Epoch milliseconds. */
const AT: Kind<number> = {
  placeholder: 'TIME',
  takes: 'epoch seconds, epoch milliseconds or a time such as 2026-01-31T12:00:00Z',
  example: '2026-01-31T12:00:00Z',
  parse(text) {
    if (/^\d{10}$/.test(text)) return Number(text) * 1000;
    return /^\d{13}$/.test(text) ? Number(text) : parseTime(text);
  },
};

/** Milliseconds. */
const TIMEOUT: Kind<number> = {
  placeholder: 'SECONDS',
  takes: 'seconds, such as 30 or 0.5',
  example: '30',
  parse: (text) => (/^\d{1,4}(?:\.\d{1,3})?$/.test(text) && Number(text) > 0 ? Number(text) * 1000 : undefined),
};

const METHOD: Kind<string> = {
  placeholder: 'METHOD',
  takes: 'a method such as GET or POST',
  isPlain: true,
  example: 'POST',
  parse: (text) => (/^[A-Za-z]{1,16}$/.test(text) ? text.toUpperCase() : undefined),
};

/** The body may be empty. */
const BODY: Kind<string> = { ...TEXT, takes: 'the body', example: '{}', parse: (text) => text };

const REQUEST_PROFILE = oneOf('PROFILE', INBOUND_PROFILES);

const DELIVERY_PROFILE = oneOf('PROFILE', OUTBOUND_PROFILES);

const JSON_OUTPUT = flag('print one JSON object, for programs');
const SECRET_FILE = overridable(FILE, 'the file with the secret', 'SIGNET_SECRET, else a prompt');

export const REQUEST_OPTIONS = {
  profile: overridable(REQUEST_PROFILE, 'how the request is signed'),
  keyId: overridable(ID, 'the key that signs'),
  secretFile: SECRET_FILE,
  privateKey: overridable(FILE, 'rfc9421: an Ed25519 private key in PEM, instead of a secret'),
  from: overridable(FILE, 'the local.json of npm start: it has relay, profile and secret of --key-id'),
  method: overridable(METHOD, 'the method', 'POST with a body, else GET'),
  url: overridable(URL_TEXT, 'where the request goes; with --from a path is enough'),
  body: overridable(BODY, 'exactly this text'),
  bodyFile: overridable(FILE, 'exactly the bytes of this file; - is standard input'),
  nonce: overridable(TEXT, 'the nonce', 'a fresh one'),
  at: overridable(AT, 'sign as if it were this time'),
  json: JSON_OUTPUT,
} as const satisfies OptionRows;

/** How `signet sign` can print a request. */
export const FORMS = ['headers', 'curl', 'http'] as const;

export const SIGN_OPTIONS = {
  ...REQUEST_OPTIONS,
  as: overridable(oneOf('FORM', FORMS), 'how to print the request', 'headers'),
} as const satisfies OptionRows;

export const SEND_OPTIONS = {
  ...REQUEST_OPTIONS,
  timeout: overridable(TIMEOUT, 'how long to wait for the answer', '30'),
} as const satisfies OptionRows;

const CAPTURE_OPTIONS = {
  secretFile: SECRET_FILE,
  bodyFile: overridable(FILE, 'the body, when the capture has none; - is standard input'),
  at: overridable(AT, 'check as if it were this time'),
  json: JSON_OUTPUT,
} as const satisfies OptionRows;

export const VERIFY_OPTIONS = {
  profile: { ...required(DELIVERY_PROFILE, 'how the delivery is signed'), isOverridable: true },
  ...CAPTURE_OPTIONS,
} as const satisfies OptionRows;

export const EXPLAIN_OPTIONS = {
  publicKey: overridable(FILE, 'rfc9421: an Ed25519 public key in PEM, instead of a secret'),
  ...CAPTURE_OPTIONS,
} as const satisfies OptionRows;

export type RequestOptions = Given<typeof REQUEST_OPTIONS>;
export type CaptureOptions = Given<typeof CAPTURE_OPTIONS>;
