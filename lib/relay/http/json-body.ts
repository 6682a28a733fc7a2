// Turns the untrusted bytes of a body into a checked value. Each error has a path and a sentence for the caller.
import type * as z from 'zod/mini';
import { LIMITS } from '../../api/limits.ts';
import { findRepeatedMember } from '../../protocol/find-repeated-member.ts';
import type { Refusal } from '../model/http-response.ts';

/** A checked value, or the refusal of the body. */
export type ParsedBody<T> = { readonly ok: true; readonly value: T } | ({ readonly ok: false } & Refusal);

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Returns the value of a JSON body that fits the schema. Refuses with `validation_failed` text that is not UTF-8, not JSON,
 * not I-JSON (RFC 7493), nested too deeply, or that does not fit. Never throws for anything that a sender can write.
 */
export function parseJsonBody<T>(schema: z.ZodMiniType<T>, body: Uint8Array): ParsedBody<T> {
  const read = readJson(body, LIMITS.jsonDepth);
  return read.ok ? checkJson(schema, read.value) : read;
}

/** Parses untrusted bytes as JSON of any form. Refuses objects and arrays that nest deeper than `depthLimit`. */
export function readJson(body: Uint8Array, depthLimit: number): ParsedBody<unknown> {
  const text = decode(body);
  if (text === undefined)
    return invalid(
      'the body is not UTF-8',
      'The body is not UTF-8. Encode it as UTF-8, not as Latin-1, Windows-1252 or UTF-16.',
    );
  if (text.startsWith('\ufeff'))
    return invalid(
      'the body begins with a byte order mark',
      'The body begins with a byte order mark (EF BB BF). Send it without: in .NET, use new UTF8Encoding(false).',
    );
  if (depthOf(text) > depthLimit) return nestedTooDeeply(depthLimit);
  const value = parse(text);
  if (value === undefined) return invalid('the body is not JSON', 'The body is not JSON. Send a JSON object.');
  const repeated = findRepeatedMember(text);
  return repeated ? refuseRepeated(pointer(repeated)) : { ok: true, value };
}

/**
 * Checks a part of a body as if it were a body of its own, with the same limit of depth. The part comes from `readJson`,
 * whose limit makes it safe to walk.
 */
export function checkJsonPart<T>(schema: z.ZodMiniType<T>, value: unknown): ParsedBody<T> {
  const isDeep = depthOf(JSON.stringify(value)) > LIMITS.jsonDepth;
  return isDeep ? nestedTooDeeply(LIMITS.jsonDepth) : checkJson(schema, value);
}

/** Checks a parsed value: it must be I-JSON (RFC 7493) and fit the schema. Lists at most `LIMITS.validationErrors` errors. */
export function checkJson<T>(schema: z.ZodMiniType<T>, value: unknown): ParsedBody<T> {
  if (!isInteroperable(value))
    return invalid(
      'the body is not I-JSON',
      'Send numbers that fit a double, text without lone surrogates, and no key __proto__.',
    );
  const checked = schema.safeParse(value, { error: messageFor });
  if (checked.success) return { ok: true, value: checked.data };
  const errors = checked.error.issues.flatMap(describeIssue).slice(0, LIMITS.validationErrors);
  return { ok: false, problem: 'validation_failed', reason: errors.map(({ path }) => path).join(' '), errors };
}

/** Two parsers may keep different ones of two members with one name, so they would read different requests. */
function refuseRepeated(path: string): ParsedBody<never> {
  const errors = [{ path, message: 'occurs twice in its object; send it once' }];
  return {
    ...invalid('a member occurs twice', 'The body has a member twice in one object. Send each member once.'),
    errors,
  };
}

function nestedTooDeeply(limit: number): ParsedBody<never> {
  return invalid('the body is nested too deeply', `Nest at most ${limit} objects or arrays.`);
}

function invalid(reason: string, detail: string) {
  return { ok: false, problem: 'validation_failed', reason, detail } as const;
}

function decode(body: Uint8Array): string | undefined {
  try {
    return utf8.decode(body);
  } catch {
    return undefined;
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * Returns true for values of I-JSON (RFC 7493). Only they have an RFC 8785 form, and only such texts survive UTF-8. The key
 * `__proto__` is refused because an object loses it when it is copied.
 */
function isInteroperable(value: unknown): boolean {
  if (typeof value === 'string') return value.isWellFormed();
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'object' || value === null) return true;
  return Object.entries(value).every(
    ([key, member]) => key.isWellFormed() && key !== '__proto__' && isInteroperable(member),
  );
}

/** Returns how deeply brackets outside strings nest, without parsing. */
function depthOf(text: string): number {
  let depth = 0;
  let maxDepth = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (quoted && character === '\\') at += 1;
    else if (character === '"') quoted = !quoted;
    else if (quoted) continue;
    else if (character === '{' || character === '[') depth += 1;
    else if (character === '}' || character === ']') depth -= 1;
    maxDepth = Math.max(maxDepth, depth);
  }
  return maxDepth;
}

type Issue = z.core.$ZodIssue;

function describeIssue(issue: Issue): { path: string; message: string }[] {
  const at = pointer(issue.path);
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({
      path: `${at}${pointer([key])}`,
      message: 'is not a field of this request; remove it',
    }));
  return [{ path: at, message: issue.message }];
}

/** Returns a JSON pointer (RFC 6901). */
function pointer(path: readonly PropertyKey[]): string {
  return path.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

function messageFor(issue: z.core.$ZodRawIssue): string {
  if (issue.code === 'invalid_type') {
    const type = `must be of type ${issue.expected}`;
    return issue.input === undefined ? `is required and ${type}` : type;
  }
  if (issue.code === 'too_big') return `must be at most ${issue.maximum}${unitOf(issue.origin)}`;
  if (issue.code === 'too_small') return messageForSmall(issue.minimum, unitOf(issue.origin));
  if (issue.code === 'invalid_format') return `must match ${issue.pattern ?? issue.format}`;
  return 'is not valid';
}

function messageForSmall(minimum: number | bigint, unit: string): string {
  return minimum === 1 && unit !== '' ? 'must not be empty' : `must be at least ${minimum}${unit}`;
}

function unitOf(origin: string): string {
  return { string: ' characters long', array: ' items long' }[origin] ?? '';
}
