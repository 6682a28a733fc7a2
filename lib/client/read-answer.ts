// An answer as it came, read no further than any answer of the relay goes.
import { type RawAnswer, readRelayAnswer } from '../api/relay-answer.ts';

/** More than the largest page of jobs, each with the longest URLs and metadata. */
export const ANSWER_LIMIT_BYTES = 4 * 1024 * 1024;

/** What is longer is nobody's answer that we know: its status counts, and none of its text. */
export async function readAnswer(response: Response): Promise<RawAnswer> {
  const { status, headers } = response;
  const text = await readText(response);
  const contentType = text === undefined ? '' : (headers.get('content-type') ?? '');
  return { status, contentType, retryAfter: headers.get('retry-after') ?? undefined, text: text ?? '' };
}

/** Undefined past the limit, which also counts what compression hid; the rest of the body is then left unread. */
async function readText({ body }: Response): Promise<string | undefined> {
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  for await (const chunk of body ?? []) {
    bytes += chunk.length;
    if (bytes > ANSWER_LIMIT_BYTES) return undefined;
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

/** Whether a good answer is what it should be: something in between may say 200 too, and mean a page of its own. */
export function isOfType(answer: RawAnswer, type: 'json' | 'jose'): boolean {
  const named = answer.contentType.split(';')[0]?.trim().toLowerCase();
  return named === `application/${type}` && (type === 'jose' || readRelayAnswer(answer).kind === 'answered');
}
