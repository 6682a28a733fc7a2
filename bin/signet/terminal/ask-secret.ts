// A prompt that shows nothing of what is typed.
import type { ReadStream } from 'node:tty';
import { UsageError } from './usage-error.ts';

const CTRL_C = '\u0003';
const CTRL_D = '\u0004';
const CTRL_U = '\u0015';
const ERASES = ['\u007f', '\b'];

/** @throws UsageError when the user stops it with Ctrl-C or Ctrl-D, or the terminal goes away. */
export function askSecret(question: string, input: ReadStream, write: (text: string) => void): Promise<string> {
  write(question);
  input.setRawMode(true);
  input.setEncoding('utf8');
  input.resume();
  let typed: string[] = [];
  return new Promise((resolve, reject) => {
    const finish = (settle: () => void) => {
      input.off('data', take).off('end', stop);
      input.setRawMode(false);
      input.pause();
      write('\n');
      settle();
    };
    const stop = () => finish(() => reject(new UsageError('No secret was given.')));
    const take = (text: string) => {
      for (const character of text) {
        if (character === '\r' || character === '\n') return finish(() => resolve(typed.join('')));
        if (character === CTRL_C || character === CTRL_D) return stop();
        if (character === CTRL_U) typed = [];
        else if (ERASES.includes(character)) typed.pop();
        else typed.push(character);
      }
    };
    input.on('data', take).on('end', stop);
  });
}
