// From untrusted bytes to a checked value, with a path and a plain sentence for everything that is wrong.
import type * as z from 'zod/mini';
import { LIMITS } from '../../api/limits.ts';
import type { Refusal } from '../model/http-response.ts';

export type ParsedBody<T> = { readonly ok: true; readonly value: T } | ({ readonly ok: false } & Refusal);

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Decodes, bounds the depth, parses and checks. Never throws for what a sender can write. */
export function parseJsonBody<T>(schema: z.ZodMiniType<T>, body: Uint8Array): ParsedBody<T> {
  const read = readJson(body, LIMITS.jsonDepth);
  return read.ok ? checkJson(schema, read.value) : read;
}

/** JSON of any form, nested no deeper than that. */
export function readJson(body: Uint8Array, depthLimit: number): ParsedBody<unknown> {
  const text = decode(body);
  if (text === undefined) return invalid('the body is not UTF-8', 'Send the body as UTF-8 JSON.');
  if (depthOf(text) > depthLimit) return nestedTooDeeply(depthLimit);
  const value = parse(text);
  return value === undefined ? invalid('the body is not JSON', 'Send a JSON object.') : { ok: true, value };
}

/** A part of a body, judged as if it were one of its own. It has been read, so walking it is safe. */
export function checkJsonPart<T>(schema: z.ZodMiniType<T>, value: unknown): ParsedBody<T> {
  const isDeep = depthOf(JSON.stringify(value)) > LIMITS.jsonDepth;
  return isDeep ? nestedTooDeeply(LIMITS.jsonDepth) : checkJson(schema, value);
}

export function checkJson<T>(schema: z.ZodMiniType<T>, value: unknown): ParsedBody<T> {
  if (!isInteroperable(value))
    return invalid(
      'the body is not I-JSON',
      'Send numbers that fit a double, text without lone surrogates, and no key __proto__.',
    );
  const checked = schema.safeParse(value, { error: sayWhatToChange });
  if (checked.success) return { ok: true, value: checked.data };
  const errors = checked.error.issues.flatMap(describeIssue).slice(0, LIMITS.validationErrors);
  return { ok: false, problem: 'validation_failed', reason: errors.map(({ path }) => path).join(' '), errors };
}

function nestedTooDeeply(limit: number): ParsedBody<never> {
  return invalid('the body is nested too deeply', `Nest at most ${limit} objects or arrays.`);
}

function invalid(reason: string, detail: string): ParsedBody<never> {
  return { ok: false, problem: 'validation_failed', reason, detail };
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

/** I-JSON (RFC 7493): only of such values is there an RFC 8785 form, and only such text has one UTF-8 form. `__proto__` gets lost on the way. */
function isInteroperable(value: unknown): boolean {
  if (typeof value === 'string') return value.isWellFormed();
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'object' || value === null) return true;
  return Object.entries(value).every(([key, one]) => key.isWellFormed() && key !== '__proto__' && isInteroperable(one));
}

/** The deepest nesting of brackets outside strings, told without parsing. */
function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (quoted && character === '\\') at += 1;
    else if (character === '"') quoted = !quoted;
    else if (quoted) continue;
    else if (character === '{' || character === '[') depth += 1;
    else if (character === '}' || character === ']') depth -= 1;
    deepest = Math.max(deepest, depth);
  }
  return deepest;
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

/** A JSON pointer (RFC 6901). */
function pointer(path: readonly PropertyKey[]): string {
  return path.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

function sayWhatToChange(issue: z.core.$ZodRawIssue): string {
  if (issue.code === 'invalid_type')
    return issue.input === undefined ? `is required: ${issue.expected}` : `must be of type ${issue.expected}`;
  if (issue.code === 'too_big') return `must be at most ${issue.maximum}${unitOf(issue.origin)}`;
  if (issue.code === 'too_small') return `must be at least ${issue.minimum}${unitOf(issue.origin)}`;
  if (issue.code === 'invalid_format') return `must match ${issue.pattern ?? issue.format}`;
  return 'is not of its form';
}

function unitOf(origin: string): string {
  return { string: ' characters long', array: ' items long' }[origin] ?? '';
}
