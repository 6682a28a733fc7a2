// From a query string to a checked value, with a path and a plain sentence for everything that is wrong, as for a body.
import type * as z from 'zod/mini';
import { LIMITS } from '../../api/limits.ts';
import { type ParsedBody, parseJsonBody } from './json-body.ts';

/** The title of the problem speaks of a body. */
const DETAIL = 'The query does not fit.';

interface Fault {
  readonly path: string;
  readonly message: string;
}

/** Each parameter once, its value percent-decoded once. The schema says which there are. */
export function parseQuery<T>(schema: z.ZodMiniType<T>, query: string): ParsedBody<T> {
  const parts = query === '' ? [] : query.split('&').map(splitPart);
  const faults = parts.flatMap((part, index) => findFault(part, parts.slice(0, index)) ?? []);
  if (faults.length > 0) return refuseAll(faults.slice(0, LIMITS.validationErrors));
  const fields = Object.fromEntries(parts.map(({ name, text }) => [name, decode(text)]));
  const parsed = parseJsonBody(schema, Buffer.from(JSON.stringify(fields)));
  return parsed.ok ? parsed : { ...parsed, detail: DETAIL };
}

interface Part {
  /** As it came: ours are letters, which nobody has to encode. */
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
  if (earlier.some((other) => other.name === name)) return { path, message: 'may be given once' };
  if (decode(text) === undefined)
    return { path, message: 'must be percent-encoded UTF-8: %20 for a space, %2B for a plus sign' };
  return undefined;
}

/** A bare plus sign is refused: half of the world means a space by it, and guessing would find the wrong thing. */
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
