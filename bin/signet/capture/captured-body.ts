// Where the body of a captured request ends: what its headers say, and what stands behind it.

export interface CapturedBody {
  readonly body: Buffer;
  /** True when nothing said how long the body is: a line break at its end may be the editor's. */
  readonly endIsUncertain: boolean;
  /** What the reader should know of how it was read. */
  readonly remarks: readonly string[];
}

interface Framing {
  /** Content-Length. */
  readonly stated: string | undefined;
  /** Transfer-Encoding. */
  readonly coding: string | undefined;
}

/** As many bytes as were sent; all that there are where the capture was changed, so that the change can be found. */
export function readBody(rest: Buffer, { stated = '', coding = '' }: Framing): CapturedBody {
  if (/\bchunked\b/i.test(coding)) return readChunked(rest);
  if (!/^\d{1,9}$/.test(stated)) return beginsMessage(rest) ? cut(rest, 0) : { ...asItStands(rest), remarks: [] };
  const length = Number(stated);
  const after = rest.subarray(length);
  if (rest.length >= length && /^[\r\n]*$/.test(after.toString('latin1'))) return { ...cut(rest, length), remarks: [] };
  if (beginsMessage(after)) return cut(rest, length);
  return asItStands(
    rest,
    `The body is not as it was sent: content-length says ${length} bytes, and here are ${rest.length}.`,
  );
}

function asItStands(body: Buffer, ...remarks: string[]): CapturedBody {
  return { body, endIsUncertain: true, remarks };
}

const ANOTHER = 'What stands behind the request, an answer or another request, was left out.';

function cut(rest: Buffer, length: number): CapturedBody {
  return { body: rest.subarray(0, length), endIsUncertain: false, remarks: [ANOTHER] };
}

const MESSAGE = /^[\r\n]*(?:HTTP\/[0-9.]+ \d{3}|[A-Z]{1,16} \S+ HTTP\/[0-9.]+\r?\n)/;
/** Longer than any request line that servers take. */
const LOOKED_AT = 16_384;

function beginsMessage(bytes: Buffer): boolean {
  return MESSAGE.test(bytes.subarray(0, LOOKED_AT).toString('latin1'));
}

/** RFC 9112, 7.1. A proxy may have joined the chunks already and left the header. */
function readChunked(rest: Buffer): CapturedBody {
  const body = joinChunks(rest.toString('latin1'));
  return body
    ? { body, endIsUncertain: false, remarks: ['The body was sent in chunks, which were joined.'] }
    : asItStands(rest, 'transfer-encoding says chunked, and the body is not: it was taken as it stands.');
}

function joinChunks(text: string): Buffer | undefined {
  const size = /([0-9A-Fa-f]{1,8})[ \t]*(?:;[^\r\n]*)?\r?\n/y;
  const chunks: string[] = [];
  for (let [, digits] = size.exec(text) ?? []; digits !== undefined; [, digits] = size.exec(text) ?? []) {
    const start = size.lastIndex;
    const end = start + Number.parseInt(digits, 16);
    if (end === start) return Buffer.from(chunks.join(''), 'latin1');
    chunks.push(text.slice(start, end));
    const lineEnd = /\r?\n/y;
    lineEnd.lastIndex = end;
    if (!lineEnd.test(text)) return undefined;
    size.lastIndex = lineEnd.lastIndex;
  }
  return undefined;
}
