// The answer to a request that was sent, as people want to read it. All of it is untrusted.

import { SUSPICIONS } from '../../../lib/protocol/diagnosis/suspicions.ts';
import type { ProblemDocument, SawBytes } from '../../../lib/protocol/messages.ts';
import { describeSpan, printable, wrap } from '../terminal/layout.ts';
import type { SignedRequest } from './draft-request.ts';
import { sha256Hex } from './show-request.ts';

export interface Answer {
  readonly status: number;
  readonly statusText: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The others are for machines; `--json` has all. */
const SHOWN_HEADERS = ['content-type', 'location', 'retry-after'];

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

const REDIRECTED = 'Redirects are not followed: the request was signed for this address.';

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
    ...(suspicion ? ['', ...fold(adviseOn(suspicion, String(detail)))] : []),
    ...(saw ? ['', ...compare(saw, request, suspicion !== undefined).flatMap(fold)] : []),
    ...(clockOffsetSeconds ? ['', ...fold(describeClock(Number(clockOffsetSeconds)))] : []),
    '',
    retryable ? 'The same may be sent again, signed anew.' : 'Sending it again will not help.',
    ...(requestId ? [`requestId: ${requestId}`] : []),
  ];
}

/** The sentence is in the relay's detail already, unless an older or another relay answered. */
function adviseOn(suspicion: string, detail: string): string {
  const sentence = Object.hasOwn(SUSPICIONS, suspicion) ? SUSPICIONS[suspicion as keyof typeof SUSPICIONS] : '';
  return `suspicion: ${suspicion}${sentence && !detail.includes(sentence) ? `. ${sentence}` : ''}`;
}

function describeClock(offsetSeconds: number): string {
  const way = offsetSeconds < 0 ? 'behind the relay’s' : 'ahead of the relay’s';
  return `The clock that signed is ${describeSpan(offsetSeconds * 1000)} ${way}.`;
}

const SAME = 'It saw the body that was sent and the bytes that were signed:';

/** What arrived against what left: this tells a changed request from a wrong secret. */
function compare(saw: Partial<SawBytes>, { body, signedContent }: SignedRequest, isSuspected: boolean): string[] {
  const isBody = saw.bodySha256 === sha256Hex(body);
  const isContent = saw.signedContentSha256 === sha256Hex(signedContent);
  if (isBody && isContent)
    return [isSuspected ? 'It saw the same bytes.' : `${SAME} the key id, secret or profile is wrong.`];
  return [
    isBody
      ? 'It saw the body that was sent, but other bytes to be signed: a header, host, path or query was changed on the way, or the key signs by another profile.'
      : `It saw another body (${saw.bodyBytes} bytes; ${body.length} were sent): something on the way changed it.`,
    `  saw  ${saw.signedContentBytes} bytes, sha256 ${saw.signedContentSha256}`,
    `  sent ${signedContent.length} bytes, sha256 ${sha256Hex(signedContent)}`,
  ];
}
