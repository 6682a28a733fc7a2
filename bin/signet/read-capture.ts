// A captured message: raw HTTP, what `curl -v` prints, pasted headers and body, or a HAR file. All of it is untrusted.
import type { Capture } from '../../lib/client/explain.ts';
import { PROFILES, type Profile } from '../../lib/protocol/profiles.ts';
import type { Options } from './command-line.ts';
import { printable } from './layout.ts';
import { type HarRequest, readHar } from './read-har.ts';
import { readFileAt } from './read-secret.ts';
import type { Terminal } from './terminal.ts';
import { UsageError } from './usage-error.ts';

export interface ReadCapture extends Capture {
  /** True when nothing said how long the body is: a line break at its end may be the editor's. */
  readonly endIsUncertain: boolean;
  /** What the reader should know of how it was read. */
  readonly remarks: readonly string[];
}

/** The capture in that file, `-` being standard input, with the body that the options give in the place of its own. */
export async function readCapture(file: string, options: Options, terminal: Terminal): Promise<ReadCapture> {
  const bodyFile = options['body-file'];
  if (file === '-' && bodyFile === '-') throw new UsageError('Standard input is either the capture or its body.');
  const capture = parseCapture(file === '-' ? await terminal.readStdin() : readFileAt(file));
  if (bodyFile === undefined) return capture;
  const body = bodyFile === '-' ? await terminal.readStdin() : readFileAt(bodyFile);
  return { ...capture, body, endIsUncertain: false, remarks: [] };
}

/** @throws UsageError when it is none. */
export function parseCapture(bytes: Buffer): ReadCapture {
  if (bytes.every((byte) => byte <= 0x20)) throw new UsageError('The capture is empty.');
  const json = parseJson(bytes);
  return json === undefined ? parseHttp(bytes) : parseHar(json);
}

function parseJson(bytes: Buffer): object | undefined {
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8').replace(/^\ufeff/, ''));
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

const SIGNATURE_HEADERS: ReadonlySet<string> = new Set(
  Object.values(PROFILES).map((row: Profile) => (row.form === 'joined' ? row.carriage.signatureHeader : 'signature')),
);

/** Of a whole HAR the first request with a signature, for a page makes many. */
function parseHar(json: object): ReadCapture {
  const requests = readHar(json);
  const isSigned = ({ headers }: HarRequest) => headers.some(([name]) => SIGNATURE_HEADERS.has(name.toLowerCase()));
  const index = Math.max(requests.findIndex(isSigned), 0);
  const { method, url, body, headers: pairs } = requests[index] ?? requests[0];
  const headers = joinHeaders(pairs);
  const remarks =
    requests.length > 1 ? [`This is entry ${index + 1} of ${requests.length} in the HAR: ${method} ${url}`] : [];
  return { method: method.toUpperCase(), ...splitTarget(url, headers), headers, body, endIsUncertain: false, remarks };
}

const HEAD_END = /\r?\n\r?\n/;

function parseHttp(bytes: Buffer): ReadCapture {
  const text = bytes.toString('latin1').replace(/^(?:\xef\xbb\xbf)?[\r\n]+|^\xef\xbb\xbf/, '');
  if (/^> ?/m.test(text) && /^(?:[*>] |>\r?$)/.test(text)) return parseCurl(text);
  const end = HEAD_END.exec(text);
  const head = end ? text.slice(0, end.index) : text.trimEnd();
  return parseParts(head.split(/\r?\n/), Buffer.from(end ? text.slice(end.index + end[0].length) : '', 'latin1'));
}

/** Of what `curl -v` prints, the lines that it sent. The body is not among them. */
function parseCurl(text: string): ReadCapture {
  const sent = text.split(/\r?\n/).filter((line) => line.startsWith('>'));
  const head = sent.map((line) => line.replace(/^> ?/, '')).filter((line) => line !== '');
  const capture = parseParts(head, Buffer.alloc(0));
  return { ...capture, endIsUncertain: false, remarks: ['curl -v shows no body: give it by --body-file.'] };
}

const REQUEST_LINE = /^([A-Z]+) (\S+)(?: HTTP\/[0-9.]+)?$/;

function parseParts([first = '', ...others]: readonly string[], rest: Buffer): ReadCapture {
  if (/^HTTP\/[0-9.]+ \d{3}/.test(first)) throw new UsageError('This is a response. Capture the request.');
  const [start, method = 'POST', target = '/'] = REQUEST_LINE.exec(first) ?? [];
  const headers = joinHeaders((start === undefined ? [first, ...others] : others).map(splitLine));
  return { method, ...splitTarget(target, headers), headers, ...readBody(rest, headers['content-length'] ?? '') };
}

/** As many bytes as were sent; all that there are where the capture was changed, so that the change can be found. */
function readBody(rest: Buffer, stated: string): Pick<ReadCapture, 'body' | 'endIsUncertain' | 'remarks'> {
  if (!/^\d{1,9}$/.test(stated)) return { body: rest, endIsUncertain: true, remarks: [] };
  const length = Number(stated);
  const isWhole = rest.length >= length && /^[\r\n]*$/.test(rest.subarray(length).toString('latin1'));
  if (isWhole) return { body: rest.subarray(0, length), endIsUncertain: false, remarks: [] };
  const remark = `The body is not as it was sent: content-length says ${length} bytes, and here are ${rest.length}.`;
  return { body: rest, endIsUncertain: true, remarks: [remark] };
}

const HEADER = /^([A-Za-z0-9!#$%&'*+.^_`|~-]+)[ \t]*:(.*)$/;

function splitLine(line: string): [string, string] {
  const [, name, value = ''] = HEADER.exec(line) ?? [];
  if (name === undefined)
    throw new UsageError(`This line of the capture is no header: ${printable(JSON.stringify(line.slice(0, 40)))}`);
  return [name, Buffer.from(value.trim(), 'latin1').toString('utf8')];
}

/** Lower-case names; what came twice is joined by commas, as gateways do. */
function joinHeaders(pairs: readonly (readonly [string, string])[]): Record<string, string> {
  const joined = new Map<string, string>();
  for (const [name, value] of pairs) {
    const key = name.toLowerCase().trim();
    if (key.startsWith(':')) continue;
    const before = joined.get(key);
    joined.set(key, before === undefined ? value : `${before},${value}`);
  }
  return Object.fromEntries(joined);
}

/** As it stands: a URL parser would rewrite what was signed. */
const TARGET = /^(?:https?:\/\/([^/?#]*))?([^?#]*)(?:\?([^#]*))?/i;

function splitTarget(target: string, headers: Record<string, string>): Pick<Capture, 'authority' | 'path' | 'query'> {
  const [, authority = '', path = '', query = ''] = TARGET.exec(target) ?? [];
  return { authority: (headers['host'] ?? authority).toLowerCase(), path: path || '/', query };
}
