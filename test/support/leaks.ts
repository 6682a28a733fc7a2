// Finds what must never leave: secrets, whole or in halves, and MACs, in every encoding in which they could.

/** What there is to look for. `what` names it in a failure, so it is no part of the secret. */
export interface KnownSecret {
  readonly what: string;
  readonly texts: readonly string[];
  readonly bytes: readonly Buffer[];
}

const PREFIX = /^(?:sk|whsec)_/;

/** A secret text of ours or of somebody else's. Its prefix is public; the bytes that it encodes are as good as itself. */
export function secretText(what: string, text: string): KnownSecret {
  const body = text.replace(PREFIX, '');
  const decoded = Buffer.from(body, 'base64');
  const isEncoded = PREFIX.test(text) && decoded.length >= SHORTEST;
  return { what, texts: [body], bytes: [Buffer.from(body), ...(isEncoded ? [decoded] : [])] };
}

/** A master, the seed of a private key, and the like. */
export function secretBytes(what: string, bytes: Buffer): KnownSecret {
  return { what, texts: [], bytes: [bytes] };
}

/** A piece of that many characters cannot be there by chance. */
const SHORTEST = 16;

/** A `word` has nothing but letters that base64 of either kind has. */
type Kind = 'text' | 'word' | 'hex' | 'base64';

interface Needle {
  readonly kind: Kind;
  readonly text: string;
}

/** Gives the names of those of the secrets that a text betrays. */
export function createLeakFinder(secrets: readonly KnownSecret[]): (text: string) => readonly string[] {
  const known = secrets.map((secret) => ({ what: secret.what, needles: needlesOf(secret) }));
  return (text) => {
    const hay = stackOf(text);
    const isThere = ({ kind, text: needle }: Needle) => hay[kind].includes(needle);
    return known.filter(({ needles }) => needles.some(isThere)).map(({ what }) => what);
  };
}

function needlesOf({ what, texts, bytes }: KnownSecret): readonly Needle[] {
  const whole: Needle[] = [
    ...texts.map((text) => ({ kind: /^[\w+/-]*$/.test(text) ? ('word' as const) : ('text' as const), text })),
    ...bytes.map((each) => ({ kind: 'hex' as const, text: each.toString('hex') })),
    ...bytes.flatMap((each) => base64Of(each).map((text) => ({ kind: 'base64' as const, text }))),
  ];
  if (whole.some(({ text }) => text.length < SHORTEST)) throw new Error(`${what} is too short to be looked for.`);
  return whole.flatMap(halve);
}

function halve({ kind, text }: Needle): readonly Needle[] {
  if (text.length < 2 * SHORTEST) return [{ kind, text }];
  const middle = Math.floor(text.length / 2);
  return [text.slice(0, middle), text.slice(middle)].map((half) => ({ kind, text: half }));
}

/** As it would look by itself and behind one or two other bytes, without the letters that depend on what is around it. */
function base64Of(bytes: Buffer): readonly string[] {
  return [0, 1, 2].map((before) => {
    const encoded = Buffer.concat([Buffer.alloc(before), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    const isCut = (before + bytes.length) % 3 > 0;
    return encoded.slice(before === 0 ? 0 : before + 1, isCut ? -1 : undefined);
  });
}

/** The text as it is and with its escapes undone, however deep they are; what may be hex or base64 in one alphabet. */
function stackOf(text: string): Readonly<Record<Kind, string>> {
  const layers = new Set([text]);
  for (let deep = 0; deep < DEEPEST; deep += 1)
    for (const layer of [...layers]) for (const undo of UNDOING) layers.add(undo(layer));
  const words = [...new Set([...layers].flatMap(longWords))].join(' ');
  return {
    text: [...layers].join(' '),
    word: words,
    hex: words.toLowerCase(),
    base64: words.replaceAll('-', '+').replaceAll('_', '/'),
  };
}

/** JSON in JSON in a line of JSON. */
const DEEPEST = 3;

const HTML: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };

const fromHex = (digits: string) => String.fromCharCode(Number.parseInt(digits, 16));

/** One by one: a secret may hold what looks like an escape of another kind. */
const UNDOING: readonly ((text: string) => string)[] = [
  (text) =>
    text.replaceAll(/\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|([^\w\s]))/g, (_, u, x, sign) => sign ?? fromHex(u ?? x)),
  (text) => text.replaceAll(/%([0-9a-fA-F]{2})/g, (_, digits) => fromHex(digits)),
  (text) => text.replaceAll(/&(amp|lt|gt|quot|#39);/g, (_, name) => HTML[name] ?? ''),
];

function longWords(text: string): readonly string[] {
  return text.match(/[\w+/-]{16,}/g) ?? [];
}

/** Those of the byte strings, each of 32 bytes or more, that the text holds in hex or in base64 of either kind. */
export function findBytes(text: string, all: readonly Buffer[]): Buffer[] {
  const runs = text
    .split(/[^A-Za-z0-9+/_-]/)
    .filter(({ length }) => length > 41)
    .join(' ');
  if (runs === '') return [];
  const lowerCase = runs.toLowerCase();
  const asBase64 = runs.replaceAll('-', '+').replaceAll('_', '/');
  return all.filter(
    // The last letter of base64 depends on what follows, so it is left out.
    (bytes) => lowerCase.includes(bytes.toString('hex')) || asBase64.includes(bytes.toString('base64', 0, 30)),
  );
}
