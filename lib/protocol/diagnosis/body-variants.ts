// Body variants: what a body often becomes between signing and sending.
import type { Suspicion } from './suspicions.ts';

/** Other bytes that the sender may have signed, and the mistake that explains them. */
export interface BodyVariant {
  readonly suspicion: Suspicion;
  readonly body: Buffer;
}

/**
 * Returns the variants of an untrusted body: the empty body, other line breaks at the end, other texts of the same JSON.
 * Their number depends only on the body.
 */
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
 * JSON with deeper nesting gets no variants. The relay accepts no such JSON, and its indented text grows with the square
 * of the depth: 16 KiB would become hundreds of megabytes.
 */
const MAX_JSON_DEPTH = 10;

function listJsonTexts(bytes: Buffer): readonly (readonly [Suspicion, string])[] {
  const text = bytes.toString('utf8');
  const value = parse(text);
  if (value === undefined || depthOf(text) > MAX_JSON_DEPTH) return [];
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
  // Most JSON has nothing to escape. Equal texts are removed, so that each text costs only one HMAC.
  return texts.filter(([, text], at) => texts.findIndex(([, earlier]) => earlier === text) === at);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Returns the maximum nesting of brackets in valid JSON. */
function depthOf(json: string): number {
  let depth = 0;
  let maxDepth = 0;
  for (const [token] of json.matchAll(/"[^"\\]*(?:\\.[^"\\]*)*"|[[\]{}]/g)) {
    if (token === '[' || token === '{') depth += 1;
    if (token === ']' || token === '}') depth -= 1;
    maxDepth = Math.max(maxDepth, depth);
  }
  return maxDepth;
}

/** Returns the JSON as Python's `json.dumps` writes it: with a space after each comma and colon. */
function spaceOut(compact: string): string {
  return compact.replaceAll(/"[^"\\]*(?:\\.[^"\\]*)*"|[,:]/g, (token) => (token.length === 1 ? `${token} ` : token));
}

/** The characters that Python and PHP escape by default. PHP escapes slashes too. */
const NOT_ASCII = /[^\x20-\x7e]/g;
/** The same for indented JSON, whose line breaks are outside all strings. */
const NOT_ASCII_OR_BREAK = /[^\n\x20-\x7e]/g;
/** The characters that Go escapes by default. They include the ampersands of a URL. */
const UNSAFE_IN_HTML = /[<>&\u2028\u2029]/g;
/** The characters that Gson escapes by default. */
const UNSAFE_IN_ATTRIBUTES = /[<>&='\u2028\u2029]/g;

function escapeEach(text: string, units: RegExp): string {
  return text.replaceAll(units, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
