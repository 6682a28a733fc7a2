// The requests in a HAR file, in one entry of it, or in one request of it. All of it is untrusted.
import { UsageError } from '../../../lib/terminal/exit-error.ts';

export interface HarRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Buffer;
}

/** Returns at least one request. @throws UsageError when the JSON is not a HAR. */
export function readHar(json: unknown): readonly [HarRequest, ...HarRequest[]] {
  const entries = field(field(json, 'log'), 'entries');
  const found = Array.isArray(entries) ? entries : [json];
  const [first, ...others] = found.map((entry) => readRequest(field(entry, 'request') ?? entry));
  if (!first) throw new UsageError('This HAR has no entries.');
  return [first, ...others];
}

function readRequest(request: unknown): HarRequest {
  const headers = field(request, 'headers');
  if (!Array.isArray(headers))
    throw new UsageError('This JSON is not a HAR: it has no list of headers. A capture has headers and a body.');
  const posted = field(request, 'postData');
  const encoding = text(field(posted, 'encoding')) === 'base64' ? 'base64' : 'utf8';
  return {
    method: text(field(request, 'method')) || 'POST',
    url: text(field(request, 'url')) || '/',
    headers: headers.map((header) => [text(field(header, 'name')), text(field(header, 'value'))]),
    body: Buffer.from(text(field(posted, 'text')), encoding),
  };
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined;
}

function text(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}
