// Turns an untrusted query string into a checked value. Each error has a path and a sentence for the caller.
import type * as z from 'zod/mini';
import { LIMITS } from '../../api/limits.ts';
import { type ParsedBody, parseJsonBody } from './json-body.ts';

/** Needed because the title of `validation_failed` is about a body. */
const DETAIL = 'The query string does not fit the schema.';

interface Fault {
  readonly path: string;
  readonly message: string;
}

/**
 * Returns the parameters of a query string, each percent-decoded once, when they fit the schema. Refuses with
 * `validation_failed` a repeated parameter, a bare plus sign, and text that is not percent-encoded UTF-8.
 */
export function parseQuery<T>(schema: z.ZodMiniType<T>, query: string): ParsedBody<T> {
  const parts = query === '' ? [] : query.split('&').map(splitPart);
  const faults = parts.flatMap((part, index) => findFault(part, parts.slice(0, index)) ?? []);
  if (faults.length > 0) return refuseAll(faults.slice(0, LIMITS.validationErrors));
  const fields = Object.fromEntries(parts.map(({ name, text }) => [name, decode(text)]));
  const parsed = parseJsonBody(schema, Buffer.from(JSON.stringify(fields)));
  return parsed.ok ? parsed : { ...parsed, detail: DETAIL };
}

interface Part {
  /** Not decoded. The names of our parameters consist of letters, which need no encoding. */
  readonly name: string;
  readonly text: string;
}

function splitPart(part: string): Part {
  const [name = '', ...rest] = part.split('=');
  return { name, text: rest.join('=') };
}

function findFault({ name, text }: Part, earlier: readonly Part[]): Fault | undefined {
  const path = `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
  if (!/^[A-Za-z]+$/.test(name)) return { path, message: 'is not a parameter of this request; remove it' };
  if (earlier.some((other) => other.name === name)) return { path, message: 'must be given only once' };
  if (decode(text) === undefined)
    return { path, message: 'must be percent-encoded UTF-8: %20 for a space, %2B for a plus sign' };
  return undefined;
}

/** Refuses a bare plus sign: some clients mean a space by it and others a plus sign. */
function decode(text: string): string | undefined {
  if (!/^[!-*,-~]*$/.test(text)) return undefined;
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function refuseAll(errors: readonly Fault[]): ParsedBody<never> {
  const reason = errors.map(({ path }) => path).join(' ');
  return { ok: false, problem: 'validation_failed', reason, detail: DETAIL, errors };
}
