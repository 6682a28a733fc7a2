// The answer to a request, for people. All of it is untrusted.

import { SUSPICIONS } from '../../../lib/protocol/diagnosis/suspicions.ts';
import type { ProblemDocument, SawBytes } from '../../../lib/protocol/messages.ts';
import { describeSpan } from '../../../lib/terminal/describe-span.ts';
import { printable, wrap } from '../../../lib/terminal/layout.ts';
import type { SignedRequest } from './draft-request.ts';
import { sha256Hex } from './show-request.ts';

export interface Answer {
  readonly status: number;
  readonly statusText: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The headers that matter to people. `--json` prints all of them. */
const SHOWN_HEADERS = ['content-type', 'location', 'retry-after'];

/** Returns the text to print. Control characters in it are escaped. */
export function showAnswer(answer: Answer, request: SignedRequest, columns: number): string {
  const { status, statusText, headers, body } = answer;
  const json = parseObject(body);
  const shown = SHOWN_HEADERS.filter((name) => headers[name] !== undefined).map((name) => `${name}: ${headers[name]}`);
  const isProblem = /^application\/problem\+json\b/.test(headers['content-type'] ?? '');
  const lines = [
    `${status} ${statusText}`.trim(),
    ...shown,
    '',
    ...(json && isProblem ? showProblem(json as Partial<ProblemDocument>, request, columns) : showBody(body, json)),
    ...(status >= 300 && status < 400 ? ['', ...wrap(REDIRECTED, columns)] : []),
  ];
  return `${printable(lines.join('\n'))}\n`;
}

const REDIRECTED = 'Redirects are not followed, because the request is signed for this address.';

function showBody(body: string, json: object | undefined): string[] {
  return json ? [JSON.stringify(json, null, 2)] : [body];
}

function parseObject(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

function showProblem(problem: Partial<ProblemDocument>, request: SignedRequest, columns: number): string[] {
  const fold = (text: string) => wrap(text, columns);
  const { code, title, detail, errors, suspicion, saw, retryable, clockOffsetSeconds, requestId } = problem;
  return [
    ...fold(`${code}: ${title}`),
    ...(detail ? ['', ...fold(String(detail))] : []),
    ...(Array.isArray(errors)
      ? ['', ...errors.flatMap((one) => wrap(`${one?.path}: ${one?.message}`, columns, '  '))]
      : []),
    ...(suspicion ? ['', ...fold(describeSuspicion(suspicion, String(detail)))] : []),
    ...(saw ? ['', ...compare(saw, request, suspicion !== undefined).flatMap(fold)] : []),
    ...(clockOffsetSeconds ? ['', ...fold(describeClock(Number(clockOffsetSeconds)))] : []),
    '',
    retryable ? 'You may send it again, with a new signature.' : 'Sending it again will not help.',
    ...(requestId ? [`requestId: ${requestId}`] : []),
  ];
}

/** The detail of the relay holds the sentence already, unless the relay has another version. */
function describeSuspicion(suspicion: string, detail: string): string {
  const sentence = Object.hasOwn(SUSPICIONS, suspicion) ? SUSPICIONS[suspicion as keyof typeof SUSPICIONS] : '';
  return `suspicion: ${suspicion}${sentence && !detail.includes(sentence) ? `. ${sentence}` : ''}`;
}

function describeClock(offsetSeconds: number): string {
  const way = offsetSeconds < 0 ? 'behind' : 'ahead of';
  return `The clock that signed is ${describeSpan(offsetSeconds * 1000)} ${way} the relay’s.`;
}

const SAME = 'The relay saw the body that was sent and the bytes that were signed:';

/** Compares what arrived with what was sent. The difference separates a changed request from a wrong secret. */
function compare(saw: Partial<SawBytes>, { body, signedContent }: SignedRequest, hasSuspicion: boolean): string[] {
  const isSameBody = saw.bodySha256 === sha256Hex(body);
  const isSameContent = saw.signedContentSha256 === sha256Hex(signedContent);
  if (isSameBody && isSameContent)
    return [hasSuspicion ? 'The relay saw the same bytes.' : `${SAME} the key id, secret or profile is wrong.`];
  return [
    isSameBody
      ? 'The relay saw the body that was sent, but other signed bytes: a header, the host, the path or the query was changed on the way, or the key has another profile.'
      : `The relay saw another body (${saw.bodyBytes} bytes; ${body.length} were sent): it was changed on the way.`,
    `  saw  ${saw.signedContentBytes} bytes, sha256 ${saw.signedContentSha256}`,
    `  sent ${signedContent.length} bytes, sha256 ${sha256Hex(signedContent)}`,
  ];
}
