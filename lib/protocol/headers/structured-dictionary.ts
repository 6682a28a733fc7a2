// Strict reading of structured-field dictionaries (RFC 9651).
//
// The library structured-headers decides whether a field is valid. A repeated key is refused as well; the RFC would let
// the last one win. Every later step reads a member from the member's own text, never from the whole field again: a
// second reading could choose another member for the same key. Then the relay would obey parameters that are not signed.
import { isInnerList, parseDictionary, serializeInnerList } from 'structured-headers';

/**
 * Returns the member texts by key, in order, or undefined when the field is invalid or repeats a key.
 * A member without a value gets its implied one: `a;p=1` is returned as `?1;p=1`. The field is untrusted.
 */
export function readDictionary(text: string): ReadonlyMap<string, string> | undefined {
  if (!parseMembers(text)) return undefined;
  const members = splitOutsideQuotes(text, ',').map(splitKey);
  const byKey = new Map(members);
  return byKey.size === members.length ? byKey : undefined;
}

/** Returns the member's own parameters with their texts, including repeated ones. `member` comes from `readDictionary`. */
export function listParameters(member: string): readonly (readonly [key: string, text: string])[] {
  // The items of an inner list may have parameters too, so only the text after the list counts.
  const own = splitOutsideQuotes(member, ')').at(-1) ?? '';
  return splitOutsideQuotes(own, ';').slice(1).map(splitKey);
}

/** The text that signers usually write: plain names, integers and strings without escapes. It is already canonical. */
const CANONICAL = /^\("[a-z0-9@-]+"(?: "[a-z0-9@-]+")*\)(?:;[a-z]+=(?:[1-9][0-9]{0,14}|"[ !#-[\]-~]*"))*$/;

/**
 * Returns the canonical text of an inner list with its parameters, as the signature base contains it.
 * Returns undefined for any other member and for invalid text. The caller has checked that no parameter is repeated.
 */
export function canonicalInnerList(member: string): string | undefined {
  // Parsing and serializing takes as long as four HMACs.
  if (CANONICAL.test(member)) return member;
  const value = parseMembers(`member=${member}`)?.get('member');
  return value && isInnerList(value) ? serializeInnerList(value) : undefined;
}

/** Returns the content of a structured-field string that has no escapes, or undefined for any other text. */
export function parsePlainString(text: string | undefined): string | undefined {
  return text === undefined ? undefined : /^"([\x20\x21\x23-\x5b\x5d-\x7e]*)"$/.exec(text)?.[1];
}

/** Returns the members, or undefined when the text is not a dictionary or is an empty one. */
function parseMembers(text: string): ReturnType<typeof parseDictionary> | undefined {
  try {
    const members = parseDictionary(text);
    return members.size > 0 ? members : undefined;
  } catch {
    return undefined;
  }
}

const KEY = /^[a-z*][a-z0-9_.*-]*/;

/** Returns the key and the value of a member or parameter. Without `=` the value is true, and parameters may follow. */
function splitKey(text: string): [string, string] {
  const trimmed = text.trim();
  const key = KEY.exec(trimmed)?.[0] ?? '';
  const rest = trimmed.slice(key.length);
  return [key, rest.startsWith('=') ? rest.slice(1) : `?1${rest}`];
}

/**
 * Splits a text at a separator, but never inside a quoted string. The time is linear in the length of the text.
 * A backslash is an escape in a string `"…"`, and an ordinary character in a display string `%"…"`.
 */
function splitOutsideQuotes(text: string, separator: ',' | ';' | ')'): string[] {
  const pieces: string[] = [];
  let start = 0;
  let quoted: 'string' | 'display' | undefined;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (quoted === 'string' && character === '\\') at += 1;
    else if (character === '"' && quoted) quoted = undefined;
    else if (character === '"') quoted = text[at - 1] === '%' ? 'display' : 'string';
    else if (!quoted && character === separator) {
      pieces.push(text.slice(start, at));
      start = at + 1;
    }
  }
  return [...pieces, text.slice(start)];
}
