// `signet send`: one signed request, and what came back.
import type { Options } from '../terminal/command-line.ts';
import { parseTimeout } from '../terminal/command-line.ts';
import { describeFault } from '../terminal/connection-fault.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { draftRequest, type SignedRequest } from './draft-request.ts';
import { type Answer, showAnswer } from './show-answer.ts';
import { describeRequest } from './show-request.ts';

/** 0 for an answer of 200–299, 1 for another, 3 when nobody answered. */
export async function send(options: Options, terminal: Terminal): Promise<number> {
  const timeoutMs = parseTimeout(options.timeout);
  const request = await draftRequest(options, terminal);
  const answer = await call(request, timeoutMs, terminal);
  const described = describeRequest(request);
  if (answer instanceof Error) {
    const fault = describeFault(answer, request.url.host, timeoutMs);
    if (options.json) terminal.out(`${JSON.stringify({ request: described, answer: null, fault }, null, 2)}\n`);
    terminal.err(`signet: ${fault.message}\n`);
    return 3;
  }
  if (options.json) terminal.out(`${JSON.stringify({ request: described, answer, fault: null }, null, 2)}\n`);
  else terminal.out(showAnswer(answer, request, terminal.columns));
  return answer.status >= 200 && answer.status < 300 ? 0 : 1;
}

async function call(
  { method, url, headers, body }: SignedRequest,
  timeoutMs: number,
  terminal: Terminal,
): Promise<Answer | Error> {
  const content = body.length > 0 ? { body: Uint8Array.from(body) } : {};
  const init = { method, headers, redirect: 'manual', signal: AbortSignal.timeout(timeoutMs), ...content } as const;
  try {
    const response = await terminal.fetch(url, init);
    const { status, statusText } = response;
    return { status, statusText, headers: Object.fromEntries(response.headers), body: await response.text() };
  } catch (error) {
    return error as Error;
  }
}
