// Structured-field dictionaries (RFC 9651), read strictly: structured-headers decides what is valid,
// and on top of that a repeated key is refused, which the RFC lets the last one win.
// Whatever is read of a member is read from its own text. Two readings of a whole field could take different members
// for the same key, and then the parameters that are obeyed are not the ones that were signed.
import { isInnerList, parseDictionary, serializeInnerList } from 'structured-headers';

/**
 * Member texts by key, in order, or undefined when the field is invalid or repeats a key.
 * A member without a value is written out: `a;p=1` is given as `?1;p=1`.
 */
export function readDictionary(text: string): ReadonlyMap<string, string> | undefined {
  if (!parseMembers(text)) return undefined;
  const members = splitOutsideQuotes(text, ',').map(splitKey);
  const byKey = new Map(members);
  return byKey.size === members.length ? byKey : undefined;
}

/** The member's own parameters, each with its text, repeated ones too. `member` is as `readDictionary` gives it. */
export function listParameters(member: string): readonly (readonly [key: string, text: string])[] {
  // Behind an inner list: its items have parameters too.
  const own = splitOutsideQuotes(member, ')').at(-1) ?? '';
  return splitOutsideQuotes(own, ';').slice(1).map(splitKey);
}

/** Plain names, whole numbers and strings without escapes: as signers write it, and already canonical. */
const CANONICAL = /^\("[a-z0-9@-]+"(?: "[a-z0-9@-]+")*\)(?:;[a-z]+=(?:[1-9][0-9]{0,14}|"[ !#-[\]-~]*"))*$/;

/**
 * The canonical text of an inner list with its parameters, as a signature base repeats it; undefined for another
 * member, and for text that is none. No parameter may be repeated.
 */
export function canonicalInnerList(member: string): string | undefined {
  // To parse and to write it anew takes as long as four HMACs.
  if (CANONICAL.test(member)) return member;
  const value = parseMembers(`member=${member}`)?.get('member');
  return value && isInnerList(value) ? serializeInnerList(value) : undefined;
}

/** The content of a structured-field string that needs no escapes, or undefined. */
export function parsePlainString(text: string | undefined): string | undefined {
  return text === undefined ? undefined : /^"([\x20\x21\x23-\x5b\x5d-\x7e]*)"$/.exec(text)?.[1];
}

/** Undefined when the text is no dictionary, or an empty one. */
function parseMembers(text: string): ReturnType<typeof parseDictionary> | undefined {
  try {
    const members = parseDictionary(text);
    return members.size > 0 ? members : undefined;
  } catch {
    return undefined;
  }
}

const KEY = /^[a-z*][a-z0-9_.*-]*/;

/** Key and value of a member or a parameter. Without `=` it is the boolean true, and may yet have parameters. */
function splitKey(text: string): [string, string] {
  const trimmed = text.trim();
  const key = KEY.exec(trimmed)?.[0] ?? '';
  const rest = trimmed.slice(key.length);
  return [key, rest.startsWith('=') ? rest.slice(1) : `?1${rest}`];
}

/**
 * Splits at a separator, but never inside a quoted string. Linear in the length of the text.
 * A backslash escapes in strings `"…"`, and is an ordinary character in display strings `%"…"`.
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
