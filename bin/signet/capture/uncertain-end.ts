// A line break at the end of a capture: it belongs to the body, or an editor added it.
import type { ReadCapture } from './read-capture.ts';

export const TRIMMED =
  'The line break at the end of the file was left out: the capture does not say how long its body is.';

/** Returns the capture, and also without its last line break when the capture does not say how long its body is. */
export function listEndings(capture: ReadCapture): readonly ReadCapture[] {
  const { body, endIsUncertain } = capture;
  const end = /\r?\n$/.exec(Buffer.from(body.subarray(-2)).toString('latin1'))?.[0].length ?? 0;
  if (!endIsUncertain || end === 0) return [capture];
  return [capture, { ...capture, body: body.subarray(0, body.length - end) }];
}
