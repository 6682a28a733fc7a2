// A captured message: raw HTTP, what `curl -v` prints, pasted headers and body, or a HAR file. All of it is untrusted.
import type { Capture } from '../../../lib/client/explain.ts';
import { PROFILES, type Profile } from '../../../lib/protocol/profiles/profiles.ts';
import type { Options } from '../terminal/command-line.ts';
import { readFileAt } from '../terminal/read-secret.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { UsageError } from '../terminal/usage-error.ts';
import type { CapturedBody } from './captured-body.ts';
import { type HarRequest, readHar } from './read-har.ts';
import { readHttp } from './read-http.ts';

export interface ReadCapture extends Capture, CapturedBody {
  readonly body: Buffer;
  /** False when the capture names no path: `/` stands for it. */
  readonly hasTarget: boolean;
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
  Object.values(PROFILES).map((row: Profile) =>
    row.form === 'delimited' ? row.headerCodec.signatureHeader : 'signature',
  ),
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
  const target = { method: method.toUpperCase(), ...splitTarget(url, headers), hasTarget: true };
  return { ...target, headers, body, endIsUncertain: false, remarks };
}

function parseHttp(bytes: Buffer): ReadCapture {
  const { method, target, pairs, ...body } = readHttp(bytes);
  const headers = joinHeaders(pairs);
  const hosts = { host: pairs.find(([name]) => name.toLowerCase() === ':authority')?.[1] ?? '', ...headers };
  return { method, ...splitTarget(target ?? '/', hosts), headers, ...body, hasTarget: target !== undefined };
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
  return { authority: (headers['host'] || authority).toLowerCase(), path: path || '/', query };
}
