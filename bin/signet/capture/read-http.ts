// Raw HTTP, pasted headers and body, and what `curl -v` prints, read as one request. All of it is untrusted.

import { UsageError } from '../terminal/usage-error.ts';
import { type CapturedBody, readBody } from './captured-body.ts';

export interface HttpText extends CapturedBody {
  readonly method: string;
  /** As it stands in the request line or in `:path`. Undefined when neither is there. */
  readonly target: string | undefined;
  /** Of HTTP/2, names beginning with a colon among them. */
  readonly pairs: readonly (readonly [string, string])[];
}

/** Numbered from 1, as editors do. */
interface Line {
  readonly number: number;
  readonly text: string;
}

/** @throws UsageError when it is no request. */
export function readHttp(bytes: Buffer): HttpText {
  const text = bytes.toString('latin1').replace(/^\xef\xbb\xbf/, '');
  const blank = /^(?:[ \t]*\r?\n)*/.exec(text)?.[0] ?? '';
  const { head, body } = withoutIndent(text.slice(blank.length));
  const lines = numberLines(head, blank.split('\n').length);
  const said = REQUEST_LINE.test(lines[0]?.text ?? '') ? [] : readCurl(text);
  if (said.length > 0) return readCurlLines(said);
  refuseSecret(lines, body);
  return readParts(lines, Buffer.from(body, 'latin1'));
}

const HEAD_END = /\r?\n[ \t]*\r?\n/;

/** Text that was pasted from a document is indented: the head, and the body when all of its lines are. */
function withoutIndent(text: string): { head: string; body: string } {
  const end = HEAD_END.exec(text);
  const head = end ? text.slice(0, end.index) : text.trimEnd();
  const body = end ? text.slice(end.index + end[0].length) : '';
  const indent = /^[ \t]*/.exec(head)?.[0] ?? '';
  if (indent === '') return { head, body };
  const strip = (part: string) => part.replaceAll(new RegExp(`(^|\n)${indent}`, 'g'), '$1');
  const isIndented = body.split('\n').every((line) => line.trim() === '' || line.startsWith(indent));
  return { head: strip(head), body: isIndented ? strip(body) : body };
}

function numberLines(text: string, firstNumber: number): readonly Line[] {
  return text.split(/\r?\n/).map((line, index) => ({ number: firstNumber + index, text: line }));
}

/** What it shows of progress may stand before a line. */
const PROGRESS = /^[ \d.%kMGT:-]+(?=[*<>{}](?: |\r?$))/gm;
const CURL_REQUEST = /^> [A-Za-z]+ \S+ HTTP\//;

/** The lines that curl sent as its first request, from whatever stands around them. */
function readCurl(text: string): readonly Line[] {
  const plain = text.replaceAll(/\r(?!\n)/g, '\n').replaceAll(PROGRESS, '');
  const lines = numberLines(plain, 1);
  const start = lines.findIndex(({ text: line }) => CURL_REQUEST.test(line));
  if (start < 0) return [];
  const sent = lines.slice(start).filter(({ text: line }) => line.startsWith('>'));
  const bare = sent.map(({ number, text: line }) => ({ number, text: line.replace(/^> ?/, '') }));
  const end = bare.findIndex(({ text: line }) => line.trim() === '');
  return bare.slice(0, end < 0 ? undefined : end);
}

/** The body is not among what `curl -v` prints. */
function readCurlLines(lines: readonly Line[]): HttpText {
  const parts = readParts(lines, Buffer.alloc(0));
  const hasBody = parts.pairs.some(
    ([name, value]) => /^transfer-encoding$/i.test(name) || (/^content-length$/i.test(name) && Number(value) > 0),
  );
  const remarks = hasBody ? ['curl -v shows no body: give it by --body-file.'] : [];
  return { ...parts, endIsUncertain: false, remarks };
}

const REQUEST_LINE = /^([A-Za-z]{1,16}) +((?:\/|https?:\/\/)\S*|\*)(?: +HTTP\/[0-9.]+)?\s*$/;
const RESPONSE_LINE = /^HTTP\/[0-9.]+ \d{3}/;
const HEADER = /^(:?[A-Za-z0-9!#$%&'*+.^_`|~-]+)[ \t]*:(.*)$/;

/** Whoever gave the secret in the place of the capture does not want it shown. */
function refuseSecret([first, ...others]: readonly Line[], body: string): void {
  const text = first?.text ?? '';
  if ([REQUEST_LINE, RESPONSE_LINE, HEADER].some((form) => form.test(text))) return;
  const isOneLine = others.length === 0 && body.trim() === '';
  if (isOneLine || /^(?:sk_|whsec_|-----BEGIN )/.test(text))
    throw new UsageError('This looks like a secret, not a capture.');
}

function readParts(lines: readonly Line[], rest: Buffer): HttpText {
  const first = lines[0]?.text ?? '';
  if (RESPONSE_LINE.test(first)) throw new UsageError('This is a response. Capture the request.');
  const [start, method, target] = REQUEST_LINE.exec(first) ?? [];
  const pairs = (start === undefined ? lines : lines.slice(1)).map(splitLine);
  const named = (wanted: string) => pairs.find(([name]) => name.toLowerCase() === wanted)?.[1];
  return {
    method: (method ?? named(':method') ?? 'POST').toUpperCase(),
    target: target ?? named(':path'),
    pairs,
    ...readBody(rest, { stated: named('content-length'), coding: named('transfer-encoding') }),
  };
}

/** The line itself is not repeated: it may be a secret. */
function splitLine({ number, text }: Line): [string, string] {
  const [, name, value = ''] = HEADER.exec(text) ?? [];
  if (name === undefined)
    throw new UsageError(`Line ${number} of the capture is no header (${text.length} characters).`);
  return [name, Buffer.from(value.trim(), 'latin1').toString('utf8')];
}
