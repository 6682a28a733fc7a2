// A signed request as people and programs want to see it.
import { createHash } from 'node:crypto';
import { escapeBytes } from '../../../lib/protocol/diagnosis/escape-bytes.ts';
import { breakEscaped, wrap } from '../terminal/layout.ts';
import { UsageError } from '../terminal/usage-error.ts';
import type { SignedRequest } from './draft-request.ts';

interface Surroundings {
  readonly bodyFile: string | undefined;
  readonly columns: number;
}

type Form = (request: SignedRequest, around: Surroundings) => string | Buffer;

const FORMS: Readonly<Record<string, Form>> = { headers: showHeaders, curl: showCurl, http: showHttp };

/** @throws UsageError for a form that there is not. */
export function parseForm(name = 'headers'): Form {
  const form = Object.hasOwn(FORMS, name) ? FORMS[name] : undefined;
  if (!form) throw new UsageError(`--as is one of ${Object.keys(FORMS).join(', ')}.`);
  return form;
}

/** For programs. A body that is no UTF-8 is given in base64. */
export function describeRequest({ profile, method, url, headers, body, signedContent }: SignedRequest): object {
  return {
    profile,
    method,
    url: url.href,
    headers,
    ...describeBytes('body', body),
    signed: describeSigned(signedContent),
  };
}

export function describeSigned(content: Uint8Array): object {
  return { text: escapeBytes(content), bytes: content.length, sha256: sha256Hex(content) };
}

/** As `sha256sum` prints it. */
export function sha256Hex(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

function describeBytes(name: string, bytes: Buffer): object {
  const text = bytes.toString('utf8');
  return Buffer.from(text, 'utf8').equals(bytes) ? { [name]: text } : { [`${name}Base64`]: bytes.toString('base64') };
}

function lines(headers: Readonly<Record<string, string>>): string[] {
  return Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
}

function showHeaders({ method, url, headers, signedContent }: SignedRequest, { columns }: Surroundings): string {
  return [
    `${method} ${url.href}`,
    ...lines(headers),
    '',
    ...wrap(`signed: ${signedContent.length} bytes, sha256 ${sha256Hex(signedContent)}`, columns),
    ...breakEscaped(escapeBytes(signedContent), columns),
    '',
  ].join('\n');
}

function showCurl({ method, url, headers, body }: SignedRequest, { bodyFile }: Surroundings): string {
  const data = bodyFile === undefined ? quote(asText(body)) : `@${bodyFile === '-' ? '-' : quote(bodyFile)}`;
  const parts = [
    // -g: brackets in a URL mean themselves.
    `curl -g -i${nameMethod(method, body.length > 0)} ${quote(url.href)}`,
    ...lines(headers).map((line) => `-H ${quote(line)}`),
    ...(body.length > 0 ? [`--data-binary ${data}`] : []),
  ];
  return `${parts.join(' \\\n  ')}\n`;
}

/** What curl would not choose by itself: it remarks on a method that it would, and waits for the body of a HEAD. */
function nameMethod(method: string, hasBody: boolean): string {
  if (method === 'HEAD') return ' -I';
  return method === (hasBody ? 'POST' : 'GET') ? '' : ` -X ${method}`;
}

/** curl takes a text that begins with @ for the name of a file. */
function asText(body: Buffer): string {
  const text = body.toString('utf8');
  if (text.startsWith('@')) throw new UsageError('curl takes a body that begins with @ for a file: use --body-file.');
  return text;
}

/** For a POSIX shell. */
function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function showHttp({ method, url, headers, body }: SignedRequest): Buffer {
  const head = [
    `${method} ${url.pathname}${url.search} HTTP/1.1`,
    `host: ${url.host}`,
    ...lines(headers),
    ...(body.length > 0 ? [`content-length: ${body.length}`] : []),
  ];
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`, 'utf8'), body]);
}
