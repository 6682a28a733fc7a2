// A line break at the end of a capture: the body's, or the editor's.
import type { ReadCapture } from './read-capture.ts';

export const TRIMMED = 'The line break at the end of the file was left out: nothing said that it belongs to the body.';

/** The capture as it is; and, where nothing says how long its body is, without the line break at its end. */
export function listEndings(capture: ReadCapture): readonly ReadCapture[] {
  const { body, endIsUncertain } = capture;
  const end = /\r?\n$/.exec(Buffer.from(body.subarray(-2)).toString('latin1'))?.[0].length ?? 0;
  if (!endIsUncertain || end === 0) return [capture];
  return [capture, { ...capture, body: body.subarray(0, body.length - end) }];
}
