// The RFC 9421 signature base: the exact text that is signed. It is printable, so that two sides can compare it.
import { serializeInnerList } from 'structured-headers';
import type { HttpRequest } from '../http-message.ts';

const REQUIRED_COMPONENTS = ['@method', '@authority', '@path', '@query'] as const;

/** Returns the components that a signature must cover. `content-digest` is among them when there is a body. */
export function requiredComponents(body: Uint8Array): readonly string[] {
  return body.length > 0 ? [...REQUIRED_COMPONENTS, 'content-digest'] : REQUIRED_COMPONENTS;
}

/** Signature parameters in the order in which they are written. Numbers are epoch seconds. */
type SignatureParameters = ReadonlyMap<string, string | number>;

/** Returns the value of a Signature-Input member, without its label: the component list and its parameters. */
export function formatSignatureInput(components: readonly string[], parameters: SignatureParameters): string {
  return serializeInnerList([components.map((name) => [name, new Map()]), new Map(parameters)]);
}

/**
 * Returns the signature base (RFC 9421, section 2.5). `signatureInput` is the member's value without its label.
 * Returns undefined when a covered header is absent, or when a value has a line break. RFC 9421, section 2, forbids line
 * breaks, because such a value could pass for further lines of the base.
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
  // Only own properties count: "constructor" is a valid header name, and every object inherits one.
  return Object.hasOwn(request.headers, name) ? stripFieldSpace(request.headers[name] ?? '') : undefined;
}

/**
 * Returns the text without surrounding spaces and tabs, the only white space around a field value (RFC 9110, section
 * 5.5). `trim` would also remove line breaks and no-break spaces.
 */
function stripFieldSpace(text: string): string {
  const isSpace = (at: number) => text[at] === ' ' || text[at] === '\t';
  let start = 0;
  let end = text.length;
  while (start < end && isSpace(start)) start += 1;
  while (end > start && isSpace(end - 1)) end -= 1;
  return text.slice(start, end);
}
