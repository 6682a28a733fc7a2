// Reads signed JSON strictly: UTF-8, I-JSON (RFC 7493), and no member twice, so that every reader sees the same value.
import { findRepeatedMember } from './find-repeated-member.ts';
import { accept, refuse, type Verdict } from './verdict.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** More than any message of ours has. The limit makes it safe to walk the value. */
const DEPTH_LIMIT = 16;

/**
 * Returns the value of untrusted bytes, or says what is wrong with them: not UTF-8, a byte order mark, not JSON, a member
 * that comes twice in one object, a lone surrogate, a number outside a double, or the member `__proto__`.
 */
export function parseStrictJson(bytes: Uint8Array): Verdict<unknown, 'json_not_strict'> {
  const text = decode(bytes);
  if (text === undefined) return refuse('json_not_strict', 'is not UTF-8');
  if (text.startsWith('\ufeff')) return refuse('json_not_strict', 'begins with a byte order mark');
  const parsed = parse(text);
  if (!parsed) return refuse('json_not_strict', 'is not JSON');
  const fault = findFault(text, parsed.value);
  if (fault) return refuse('json_not_strict', fault);
  return isInteroperable(parsed.value) ? accept(parsed.value) : refuse('json_not_strict', 'is not I-JSON');
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}

function parse(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

/** Returns what is wrong with a valid JSON text and its value. Escapes in names are read before names are compared. */
function findFault(text: string, value: unknown): string | undefined {
  if (isNestedDeeper(value, DEPTH_LIMIT)) return `is nested more than ${DEPTH_LIMIT} levels deep`;
  const repeated = findRepeatedMember(text)?.at(-1);
  return repeated === undefined ? undefined : `has ${describeName(String(repeated))} twice`;
}

/** Returns true when a value has more than `levels` objects or arrays inside each other. */
function isNestedDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((member) => isNestedDeeper(member, levels - 1));
}

/** Names a member in a reason only when its name is short and plain, because the sender chose it. */
function describeName(name: string): string {
  return /^\w{1,40}$/.test(name) ? `the member ${name}` : 'a member';
}

/** Returns true for a value of I-JSON. `__proto__` is refused because an object loses it when it is copied. */
function isInteroperable(value: unknown): boolean {
  if (typeof value === 'string') return value.isWellFormed();
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'object' || value === null) return true;
  return Object.entries(value).every(
    ([name, member]) => name.isWellFormed() && name !== '__proto__' && isInteroperable(member),
  );
}
