// A prompt that shows nothing of what is typed.
import type { ReadStream } from 'node:tty';
import { UsageError } from './exit-error.ts';

const CTRL_C = '\u0003';
const CTRL_D = '\u0004';
const CTRL_U = '\u0015';
const ERASERS = ['\u007f', '\b'];

/**
 * Returns the text that the user types before Enter. Backspace and Ctrl-U edit it.
 * @throws UsageError when the user presses Ctrl-C or Ctrl-D, or when the terminal closes.
 */
export function askSecret(question: string, input: ReadStream, write: (text: string) => void): Promise<string> {
  write(question);
  input.setRawMode(true);
  input.setEncoding('utf8');
  input.resume();
  let typed: string[] = [];
  return new Promise((resolve, reject) => {
    const finish = (settle: () => void) => {
      input.off('data', read).off('end', stop);
      input.setRawMode(false);
      input.pause();
      write('\n');
      settle();
    };
    const stop = () => finish(() => reject(new UsageError('No secret was entered.')));
    const read = (text: string) => {
      for (const character of text) {
        if (character === '\r' || character === '\n') return finish(() => resolve(typed.join('')));
        if (character === CTRL_C || character === CTRL_D) return stop();
        if (character === CTRL_U) typed = [];
        else if (ERASERS.includes(character)) typed.pop();
        else typed.push(character);
      }
    };
    input.on('data', read).on('end', stop);
  });
}
