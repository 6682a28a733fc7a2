// The RFC 9421 signature base: the exact text that is signed. Printable, so that two sides can compare it.
import { serializeInnerList } from 'structured-headers';
import type { HttpRequest } from '../http-message.ts';

/** Components that every request covers; `content-digest` joins them when there is a body. */
const REQUIRED_COMPONENTS = ['@method', '@authority', '@path', '@query'] as const;

export function requiredComponents(body: Uint8Array): readonly string[] {
  return body.length > 0 ? [...REQUIRED_COMPONENTS, 'content-digest'] : REQUIRED_COMPONENTS;
}

/** Signature parameters in the order in which they are written. Numbers are epoch seconds. */
type SignatureParameters = ReadonlyMap<string, string | number>;

/** The serialized inner list with its parameters: what stands after the label in Signature-Input. */
export function formatSignatureInput(components: readonly string[], parameters: SignatureParameters): string {
  return serializeInnerList([components.map((name) => [name, new Map()]), new Map(parameters)]);
}

/**
 * The base (RFC 9421 section 2.5), or undefined when a covered header is not there or a value has a line break:
 * section 2 forbids those, and with one a value could pass for further lines.
 */
export function buildSignatureBase(
  request: HttpRequest,
  components: readonly string[],
  signatureInput: string,
): string | undefined {
  const lines = components.map((name) => [name, componentValue(request, name)] as const);
  if (lines.some(([, value]) => value === undefined || value.includes('\n'))) return undefined;
  return [...lines.map(([name, value]) => `"${name}": ${value}`), `"@signature-params": ${signatureInput}`].join('\n');
}

const DERIVED: Readonly<Record<string, (request: HttpRequest) => string>> = {
  '@method': (request) => request.method,
  '@authority': (request) => request.authority,
  '@path': (request) => request.path,
  '@query': (request) => `?${request.query}`,
};

function componentValue(request: HttpRequest, name: string): string | undefined {
  if (name.startsWith('@')) return DERIVED[name]?.(request);
  // Own properties only: "constructor" is a good header name, and every object has one.
  return Object.hasOwn(request.headers, name) ? stripFieldSpace(request.headers[name] ?? '') : undefined;
}

/** Only spaces and tabs surround a field value (RFC 9110 section 5.5); `trim` would take line breaks and no-break spaces too. */
function stripFieldSpace(text: string): string {
  const isSpace = (at: number) => text[at] === ' ' || text[at] === '\t';
  let start = 0;
  let end = text.length;
  while (start < end && isSpace(start)) start += 1;
  while (end > start && isSpace(end - 1)) end -= 1;
  return text.slice(start, end);
}
