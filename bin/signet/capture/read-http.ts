// One request from raw HTTP, from pasted headers and body, or from the output of `curl -v`. All of it is untrusted.

import { UsageError } from '../../../lib/terminal/exit-error.ts';
import { type CapturedBody, readBody } from './captured-body.ts';

export interface HttpText extends CapturedBody {
  readonly method: string;
  /** The bytes of the request line or of `:path`. Undefined when the capture has neither. */
  readonly target: string | undefined;
  /** Headers in their order. Those of HTTP/2 include names that begin with a colon. */
  readonly pairs: readonly (readonly [string, string])[];
}

/** Lines are numbered from 1, as in editors. */
interface Line {
  readonly number: number;
  readonly text: string;
}

/** Returns the request. @throws UsageError when the text is not a request. */
export function readHttp(bytes: Buffer): HttpText {
  const text = bytes.toString('latin1').replace(/^\xef\xbb\xbf/, '');
  const blank = /^(?:[ \t]*\r?\n)*/.exec(text)?.[0] ?? '';
  const { head, body } = withoutIndent(text.slice(blank.length));
  const lines = numberLines(head, blank.split('\n').length);
  const curlLines = REQUEST_LINE.test(lines[0]?.text ?? '') ? [] : readCurl(text);
  if (curlLines.length > 0) return readCurlLines(curlLines);
  refuseSecret(lines, body);
  return readParts(lines, Buffer.from(body, 'latin1'));
}

const HEAD_END = /\r?\n[ \t]*\r?\n/;

/** Removes the indent of text that was pasted from a document. The body loses it when all of its lines have it. */
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

/** The progress that curl prints before a line. */
const PROGRESS = /^[ \d.%kMGT:-]+(?=[*<>{}](?: |\r?$))/gm;
const CURL_REQUEST = /^> [A-Za-z]+ \S+ HTTP\//;

/** Returns the lines of the first request that curl sent, without the lines around them. */
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

/** `curl -v` does not print the body. */
function readCurlLines(lines: readonly Line[]): HttpText {
  const parts = readParts(lines, Buffer.alloc(0));
  const hasBody = parts.pairs.some(
    ([name, value]) => /^transfer-encoding$/i.test(name) || (/^content-length$/i.test(name) && Number(value) > 0),
  );
  const remarks = hasBody ? ['curl -v prints no body. Give it with --body-file.'] : [];
  return { ...parts, endIsUncertain: false, remarks };
}

const REQUEST_LINE = /^([A-Za-z]{1,16}) +((?:\/|https?:\/\/)\S*|\*)(?: +HTTP\/[0-9.]+)?\s*$/;
const RESPONSE_LINE = /^HTTP\/[0-9.]+ \d{3}/;
const HEADER = /^(:?[A-Za-z0-9!#$%&'*+.^_`|~-]+)[ \t]*:(.*)$/;

/** A user may have named the secret instead of the capture. The message must not show it. */
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

/** The message does not repeat the line, which may be a secret. */
function splitLine({ number, text }: Line): [string, string] {
  const [, name, value = ''] = HEADER.exec(text) ?? [];
  if (name === undefined)
    throw new UsageError(`Line ${number} of the capture is not a header (${text.length} characters).`);
  return [name, Buffer.from(value.trim(), 'latin1').toString('utf8')];
}
