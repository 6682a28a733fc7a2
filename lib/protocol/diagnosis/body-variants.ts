// The bytes that a body often becomes between signing and sending.
import type { Suspicion } from './suspicions.ts';

export interface BodyVariant {
  readonly suspicion: Suspicion;
  readonly body: Buffer;
}

/** Other texts of the same JSON, line breaks at the end, and nothing. Always the same number for the same body. */
export function listBodyVariants(body: Uint8Array): readonly BodyVariant[] {
  const bytes = Buffer.from(body);
  const end = Buffer.from('\n');
  const withoutEnd = /\r?\n$/.exec(bytes.subarray(-2).toString('latin1'))?.[0].length ?? 0;
  return [
    ...(bytes.length > 0 ? [{ suspicion: 'body_not_signed', body: Buffer.alloc(0) } as const] : []),
    { suspicion: 'trailing_newline', body: Buffer.concat([bytes, end]) },
    { suspicion: 'trailing_newline', body: Buffer.concat([bytes, Buffer.from('\r\n')]) },
    ...(withoutEnd > 0 ? [{ suspicion: 'trailing_newline', body: bytes.subarray(0, -withoutEnd) } as const] : []),
    ...listJsonTexts(bytes).map(([suspicion, text]) => ({ suspicion, body: Buffer.from(text) })),
  ];
}

/**
 * Deeper JSON has no other texts: the relay takes none, and indented it grows with the square of its depth, from 16 KiB
 * to hundreds of megabytes.
 */
const DEEPEST_JSON = 10;

function listJsonTexts(bytes: Buffer): readonly (readonly [Suspicion, string])[] {
  const text = bytes.toString('utf8');
  const value = parse(text);
  if (value === undefined || depthOf(text) > DEEPEST_JSON) return [];
  const compact = JSON.stringify(value);
  const spaced = spaceOut(compact);
  const [two, four] = [JSON.stringify(value, null, 2), JSON.stringify(value, null, 4)];
  const texts: readonly (readonly [Suspicion, string])[] = [
    ['json_reserialized', compact],
    ['json_reserialized', escapeEach(compact, NOT_ASCII)],
    ['json_reserialized', spaced],
    ['json_reserialized', escapeEach(spaced, NOT_ASCII)],
    ['json_reserialized', escapeEach(compact, NOT_ASCII).replaceAll('/', '\\/')],
    ['json_reserialized', escapeEach(compact, UNSAFE_IN_HTML)],
    ['json_reserialized', escapeEach(compact, UNSAFE_IN_ATTRIBUTES)],
    ['json_pretty_printed', two],
    ['json_pretty_printed', escapeEach(two, NOT_ASCII_OR_BREAK)],
    ['json_pretty_printed', four],
    ['json_pretty_printed', escapeEach(four, NOT_ASCII_OR_BREAK)],
    ['json_pretty_printed', escapeEach(four, NOT_ASCII_OR_BREAK).replaceAll('/', '\\/')],
    ['json_pretty_printed', JSON.stringify(value, null, '\t')],
  ];
  // Most JSON has nothing to escape: what is the same text costs no second HMAC.
  return texts.filter(([, one], at) => texts.findIndex(([, other]) => other === one) === at);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The deepest nesting of brackets in JSON that is valid. */
function depthOf(json: string): number {
  let depth = 0;
  let deepest = 0;
  for (const [token] of json.matchAll(/"[^"\\]*(?:\\.[^"\\]*)*"|[[\]{}]/g)) {
    if (token === '[' || token === '{') depth += 1;
    if (token === ']' || token === '}') depth -= 1;
    deepest = Math.max(deepest, depth);
  }
  return deepest;
}

/** As Python's `json.dumps` writes: a space after each comma and colon. */
function spaceOut(compact: string): string {
  return compact.replaceAll(/"[^"\\]*(?:\\.[^"\\]*)*"|[,:]/g, (token) => (token.length === 1 ? `${token} ` : token));
}

/** What Python and PHP escape unless told otherwise; PHP escapes slashes too. */
const NOT_ASCII = /[^\x20-\x7e]/g;
/** In indented JSON the line breaks are no part of any text. */
const NOT_ASCII_OR_BREAK = /[^\n\x20-\x7e]/g;
/** What Go escapes unless told otherwise: also the ampersands of a URL. */
const UNSAFE_IN_HTML = /[<>&\u2028\u2029]/g;
/** What Gson escapes unless told otherwise. */
const UNSAFE_IN_ATTRIBUTES = /[<>&='\u2028\u2029]/g;

function escapeEach(text: string, units: RegExp): string {
  return text.replaceAll(units, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
