// A captured message: raw HTTP, the output of `curl -v`, pasted headers and body, or a HAR file. All of it is untrusted.
import type { Capture } from '../../../lib/client/explain.ts';
import { PROFILES, type Profile } from '../../../lib/protocol/profiles/profiles.ts';
import { UsageError } from '../../../lib/terminal/exit-error.ts';
import { readFileAt } from '../../../lib/terminal/read-secret.ts';
import type { Terminal } from '../../../lib/terminal/terminal.ts';
import type { CapturedBody } from './captured-body.ts';
import { type HarRequest, readHar } from './read-har.ts';
import { readHttp } from './read-http.ts';

export interface ReadCapture extends Capture, CapturedBody {
  readonly body: Buffer;
  /** False when the capture names no path. The path is then `/`. */
  readonly hasTarget: boolean;
}

/** Returns the capture in that file; `-` is standard input. A body file replaces the body of the capture. */
export async function readCapture(
  file: string,
  { bodyFile }: { readonly bodyFile?: string },
  terminal: Pick<Terminal, 'readStdin'>,
): Promise<ReadCapture> {
  if (file === '-' && bodyFile === '-')
    throw new UsageError('Standard input can be the capture or its body, not both.');
  const capture = parseCapture(file === '-' ? await terminal.readStdin() : readFileAt(file));
  if (bodyFile === undefined) return capture;
  const body = bodyFile === '-' ? await terminal.readStdin() : readFileAt(bodyFile);
  return { ...capture, body, endIsUncertain: false, remarks: [] };
}

/** Returns the message. @throws UsageError when the bytes are not a capture. */
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

/** A HAR holds many requests. The first one with a signature is used. */
function parseHar(json: object): ReadCapture {
  const requests = readHar(json);
  const isSigned = ({ headers }: HarRequest) => headers.some(([name]) => SIGNATURE_HEADERS.has(name.toLowerCase()));
  const index = Math.max(requests.findIndex(isSigned), 0);
  const { method, url, body, headers: pairs } = requests[index] ?? requests[0];
  const headers = joinHeaders(pairs);
  const remarks =
    requests.length > 1 ? [`The HAR has ${requests.length} entries. This is entry ${index + 1}: ${method} ${url}`] : [];
  const target = { method: method.toUpperCase(), ...splitTarget(url, headers), hasTarget: true };
  return { ...target, headers, body, endIsUncertain: false, remarks };
}

function parseHttp(bytes: Buffer): ReadCapture {
  const { method, target, pairs, ...body } = readHttp(bytes);
  const headers = joinHeaders(pairs);
  const hosts = { host: pairs.find(([name]) => name.toLowerCase() === ':authority')?.[1] ?? '', ...headers };
  return { method, ...splitTarget(target ?? '/', hosts), headers, ...body, hasTarget: target !== undefined };
}

/** Returns headers by lower-case names. Equal names are joined by commas, as gateways do. */
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

/** Splits the target without a URL parser, which would rewrite the signed bytes. */
const TARGET = /^(?:https?:\/\/([^/?#]*))?([^?#]*)(?:\?([^#]*))?/i;

function splitTarget(target: string, headers: Record<string, string>): Pick<Capture, 'authority' | 'path' | 'query'> {
  const [, authority = '', path = '', query = ''] = TARGET.exec(target) ?? [];
  return { authority: (headers['host'] || authority).toLowerCase(), path: path || '/', query };
}
