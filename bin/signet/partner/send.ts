// `signet send`: sends one signed request and prints the answer.
import type { ExitName } from '../../../lib/terminal/exits.ts';
import type { Given } from '../../../lib/terminal/program.ts';
import { showJson } from '../../../lib/terminal/show-json.ts';
import { describeFault } from '../terminal/connection-fault.ts';
import type { SignetTerminal } from '../terminal/signet-terminal.ts';
import { draftRequest, type SignedRequest } from './draft-request.ts';
import type { SEND_OPTIONS } from './options.ts';
import { type Answer, showAnswer } from './show-answer.ts';
import { describeRequest } from './show-request.ts';

const TIMEOUT_MS = 30_000;

/** Returns `done` for an answer of 200–299, `refused` for another one, and `unanswered` when there is none. */
export async function send(options: Given<typeof SEND_OPTIONS>, terminal: SignetTerminal): Promise<ExitName> {
  const { timeout: timeoutMs = TIMEOUT_MS, json } = options;
  const request = await draftRequest(options, terminal);
  const answer = await call(request, timeoutMs, terminal);
  const described = describeRequest(request);
  if (answer instanceof Error) {
    const fault = describeFault(answer, request.url.host, timeoutMs);
    if (json) terminal.out(showJson({ request: described, answer: null, fault }));
    terminal.err(`signet: ${fault.message}\n`);
    return 'unanswered';
  }
  if (json) terminal.out(showJson({ request: described, answer, fault: null }));
  else terminal.out(showAnswer(answer, request, terminal.columns));
  return answer.status >= 200 && answer.status < 300 ? 'done' : 'refused';
}

async function call(
  { method, url, headers, body }: SignedRequest,
  timeoutMs: number,
  terminal: SignetTerminal,
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
