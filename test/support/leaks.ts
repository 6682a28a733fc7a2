// Finds secrets and MACs in texts, whole or in halves, in every encoding in which they could leak.

/** A secret to look for. `what` names it in failures, so it must not contain any part of the secret. */
export interface KnownSecret {
  readonly what: string;
  readonly texts: readonly string[];
  readonly bytes: readonly Buffer[];
}

const PREFIX = /^(?:sk|whsec)_/;

/** Returns a secret text to look for. Its prefix is public and ignored. The bytes that the text encodes are looked for too. */
export function secretText(what: string, text: string): KnownSecret {
  const body = text.replace(PREFIX, '');
  const decoded = Buffer.from(body, 'base64');
  const isEncoded = PREFIX.test(text) && decoded.length >= MIN_CHARACTERS;
  return { what, texts: [body], bytes: [Buffer.from(body), ...(isEncoded ? [decoded] : [])] };
}

/** Returns secret bytes to look for, such as a master or the seed of a private key. */
export function secretBytes(what: string, bytes: Buffer): KnownSecret {
  return { what, texts: [], bytes: [bytes] };
}

/** The shortest piece that is looked for. A piece of this length does not occur by chance. */
const MIN_CHARACTERS = 16;

/** A `word` has only characters that base64 or base64url have. */
type Kind = 'text' | 'word' | 'hex' | 'base64';

interface Needle {
  readonly kind: Kind;
  readonly text: string;
}

/** Returns a function that returns the names of the secrets that a text contains. */
export function createLeakFinder(secrets: readonly KnownSecret[]): (text: string) => readonly string[] {
  const known = secrets.map((secret) => ({ what: secret.what, needles: needlesOf(secret) }));
  return (text) => {
    const haystack = haystackOf(text);
    const isFound = ({ kind, text: needle }: Needle) => haystack[kind].includes(needle);
    return known.filter(({ needles }) => needles.some(isFound)).map(({ what }) => what);
  };
}

function needlesOf({ what, texts, bytes }: KnownSecret): readonly Needle[] {
  const whole: Needle[] = [
    ...texts.map((text) => ({ kind: /^[\w+/-]*$/.test(text) ? ('word' as const) : ('text' as const), text })),
    ...bytes.map((each) => ({ kind: 'hex' as const, text: each.toString('hex') })),
    ...bytes.flatMap((each) => base64Of(each).map((text) => ({ kind: 'base64' as const, text }))),
  ];
  if (whole.some(({ text }) => text.length < MIN_CHARACTERS)) throw new Error(`${what} is too short to be looked for.`);
  return whole.flatMap(halve);
}

function halve({ kind, text }: Needle): readonly Needle[] {
  if (text.length < 2 * MIN_CHARACTERS) return [{ kind, text }];
  const middle = Math.floor(text.length / 2);
  return [text.slice(0, middle), text.slice(middle)].map((half) => ({ kind, text: half }));
}

/**
 * Returns the base64 of the bytes alone and after one or two other bytes, without the characters that depend on their
 * neighbours.
 */
function base64Of(bytes: Buffer): readonly string[] {
  return [0, 1, 2].map((before) => {
    const encoded = Buffer.concat([Buffer.alloc(before), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    const isCut = (before + bytes.length) % 3 > 0;
    return encoded.slice(before === 0 ? 0 : before + 1, isCut ? -1 : undefined);
  });
}

/** Returns the text with its escapes undone, up to three levels deep, and its long words in one alphabet for each kind. */
function haystackOf(text: string): Readonly<Record<Kind, string>> {
  const layers = new Set([text]);
  for (let level = 0; level < MAX_LEVELS; level += 1)
    for (const layer of [...layers]) for (const undo of UNDOING) layers.add(undo(layer));
  const words = [...new Set([...layers].flatMap(longWords))].join(' ');
  return {
    text: [...layers].join(' '),
    word: words,
    hex: words.toLowerCase(),
    base64: words.replaceAll('-', '+').replaceAll('_', '/'),
  };
}

/** Enough for JSON in JSON in a line of JSON. */
const MAX_LEVELS = 3;

const HTML: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };

const fromHex = (digits: string) => String.fromCharCode(Number.parseInt(digits, 16));

/** The kinds of escapes. Each is undone separately, because a secret may contain what looks like another kind. */
const UNDOING: readonly ((text: string) => string)[] = [
  (text) =>
    text.replaceAll(/\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|([^\w\s]))/g, (_, u, x, sign) => sign ?? fromHex(u ?? x)),
  (text) => text.replaceAll(/%([0-9a-fA-F]{2})/g, (_, digits) => fromHex(digits)),
  (text) => text.replaceAll(/&(amp|lt|gt|quot|#39);/g, (_, name) => HTML[name] ?? ''),
];

function longWords(text: string): readonly string[] {
  return text.match(/[\w+/-]{16,}/g) ?? [];
}

/** Returns the byte strings, of at least 32 bytes each, that a text contains in hex, base64 or base64url. */
export function findBytes(text: string, candidates: readonly Buffer[]): Buffer[] {
  const runs = text
    .split(/[^A-Za-z0-9+/_-]/)
    .filter(({ length }) => length > 41)
    .join(' ');
  if (runs === '') return [];
  const lowerCase = runs.toLowerCase();
  const asBase64 = runs.replaceAll('-', '+').replaceAll('_', '/');
  return candidates.filter(
    // The last character of base64 depends on what follows, so it is left out.
    (bytes) => lowerCase.includes(bytes.toString('hex')) || asBase64.includes(bytes.toString('base64', 0, 30)),
  );
}
