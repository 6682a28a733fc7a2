// Reads an HTTP answer, up to the size of the largest answer of a relay.
import { type RawAnswer, readRelayAnswer } from '../api/relay-answer.ts';

/** The maximum length of an answer. The largest page of jobs, with the longest URLs and metadata, is smaller. */
export const ANSWER_LIMIT_BYTES = 4 * 1024 * 1024;

/** Returns the parts of an untrusted answer. A longer body cannot be a relay's: then the text is empty. */
export async function readAnswer(response: Response): Promise<RawAnswer> {
  const { status, headers } = response;
  const text = await readText(response);
  const contentType = text === undefined ? '' : (headers.get('content-type') ?? '');
  return { status, contentType, retryAfter: headers.get('retry-after') ?? undefined, text: text ?? '' };
}

/** Returns the decompressed text. Beyond the limit it returns undefined and does not read the rest. */
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

/** Returns true when a 2xx answer has the expected type. A proxy may answer 200 too, with a page of its own. */
export function isOfType(answer: RawAnswer, type: 'json' | 'jose'): boolean {
  const mediaType = answer.contentType.split(';')[0]?.trim().toLowerCase();
  return mediaType === `application/${type}` && (type === 'jose' || readRelayAnswer(answer).kind === 'answered');
}
