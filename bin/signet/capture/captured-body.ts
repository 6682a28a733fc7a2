// Finds the end of the body in a captured request, from its headers and from the bytes that follow.

export interface CapturedBody {
  readonly body: Buffer;
  /** True when the capture does not say how long the body is. An editor may have added the last line break. */
  readonly endIsUncertain: boolean;
  /** How the body was read, for the user. */
  readonly remarks: readonly string[];
}

interface Framing {
  /** Content-Length. */
  readonly stated: string | undefined;
  /** Transfer-Encoding. */
  readonly coding: string | undefined;
}

/** Returns the bytes that were sent. For a changed capture it returns all bytes, so that the change can be found. */
export function readBody(rest: Buffer, { stated = '', coding = '' }: Framing): CapturedBody {
  if (/\bchunked\b/i.test(coding)) return readChunked(rest);
  if (!/^\d{1,9}$/.test(stated)) return beginsMessage(rest) ? cut(rest, 0) : { ...keepAll(rest), remarks: [] };
  const length = Number(stated);
  const after = rest.subarray(length);
  if (rest.length >= length && /^[\r\n]*$/.test(after.toString('latin1'))) return { ...cut(rest, length), remarks: [] };
  if (beginsMessage(after)) return cut(rest, length);
  return keepAll(
    rest,
    `The body was changed: content-length says ${length} bytes, and the capture has ${rest.length}.`,
  );
}

function keepAll(body: Buffer, ...remarks: string[]): CapturedBody {
  return { body, endIsUncertain: true, remarks };
}

const REST = 'The message after the request was left out.';

function cut(rest: Buffer, length: number): CapturedBody {
  return { body: rest.subarray(0, length), endIsUncertain: false, remarks: [REST] };
}

const MESSAGE = /^[\r\n]*(?:HTTP\/[0-9.]+ \d{3}|[A-Z]{1,16} \S+ HTTP\/[0-9.]+\r?\n)/;
/** Longer than any request line that servers accept. */
const SEARCHED_BYTES = 16_384;

function beginsMessage(bytes: Buffer): boolean {
  return MESSAGE.test(bytes.subarray(0, SEARCHED_BYTES).toString('latin1'));
}

/** RFC 9112, section 7.1. A proxy may have joined the chunks and kept the header. */
function readChunked(rest: Buffer): CapturedBody {
  const body = joinChunks(rest.toString('latin1'));
  return body
    ? { body, endIsUncertain: false, remarks: ['The body was sent in chunks. They were joined.'] }
    : keepAll(rest, 'transfer-encoding says chunked, but the body has no chunks: it was used as it is.');
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
