// A signed request, printed for people and for programs.
import { createHash } from 'node:crypto';
import { escapeBytes } from '../../../lib/protocol/diagnosis/escape-bytes.ts';
import { UsageError } from '../../../lib/terminal/exit-error.ts';
import { wrap } from '../../../lib/terminal/layout.ts';
import { breakEscaped } from '../terminal/break-escaped.ts';
import type { SignedRequest } from './draft-request.ts';
import type { FORMS } from './options.ts';

type FormName = (typeof FORMS)[number];

interface ShowOptions {
  readonly form: FormName;
  readonly bodyFile: string | undefined;
  readonly columns: number;
}

type Show = (request: SignedRequest, options: ShowOptions) => string | Buffer;

const SHOW: Readonly<Record<FormName, Show>> = { headers: showHeaders, curl: showCurl, http: showHttp };

/** Returns the request in the form that the options name. Raw HTTP is bytes. */
export function showRequest(request: SignedRequest, options: ShowOptions): string | Buffer {
  return SHOW[options.form](request, options);
}

/** Returns the request for programs. A body that is not UTF-8 is in base64. */
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

/** Returns the signed bytes for programs: escaped, with their length and hash. */
export function describeSigned(content: Uint8Array): object {
  return { text: escapeBytes(content), bytes: content.length, sha256: sha256Hex(content) };
}

/** Returns the hash as `sha256sum` prints it. */
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

function showHeaders({ method, url, headers, signedContent }: SignedRequest, { columns }: ShowOptions): string {
  return [
    `${method} ${url.href}`,
    ...lines(headers),
    '',
    ...wrap(`signed: ${signedContent.length} bytes, sha256 ${sha256Hex(signedContent)}`, columns),
    ...breakEscaped(escapeBytes(signedContent), columns),
    '',
  ].join('\n');
}

function showCurl({ method, url, headers, body }: SignedRequest, { bodyFile }: ShowOptions): string {
  const data = bodyFile === undefined ? quote(asText(body)) : `@${bodyFile === '-' ? '-' : quote(bodyFile)}`;
  const parts = [
    // With -g, curl sends the brackets of a URL as they are.
    `curl -g -i${nameMethod(method, body.length > 0)} ${quote(url.href)}`,
    ...lines(headers).map((line) => `-H ${quote(line)}`),
    ...(body.length > 0 ? [`--data-binary ${data}`] : []),
  ];
  return `${parts.join(' \\\n  ')}\n`;
}

/** Names a method that curl does not choose itself. For HEAD it needs -I, or it waits for a body. */
function nameMethod(method: string, hasBody: boolean): string {
  if (method === 'HEAD') return ' -I';
  return method === (hasBody ? 'POST' : 'GET') ? '' : ` -X ${method}`;
}

/** To curl, a text that begins with @ is the name of a file. */
function asText(body: Buffer): string {
  const text = body.toString('utf8');
  if (text.startsWith('@'))
    throw new UsageError('To curl, a body that begins with @ is the name of a file. Use --body-file.');
  return text;
}

/** Quotes for a POSIX shell. */
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
