// The terminal of this process.
import { createInterface } from 'node:readline';
import { buffer } from 'node:stream/consumers';
import { askSecret } from './ask-secret.ts';
import { EXITS } from './exits.ts';
import { chooseColumns, chooseTableColumns } from './layout.ts';
import type { Terminal } from './terminal.ts';

/** Returns the streams, the clock and the environment of this process. A reader that closes the pipe is no error. */
export function openProcessTerminal(): Terminal {
  const { stdin, stdout, stderr, env } = process;
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
  const writeErr = (text: string) => void stderr.write(text);
  return {
    out: (text) => void stdout.write(text),
    err: writeErr,
    columns: chooseColumns(stdout.columns),
    tableColumns: chooseTableColumns(stdout),
    isErrTerminal: stderr.isTTY === true,
    environment: env,
    nowMs: Date.now,
    readStdin: () => buffer(stdin),
    ask: stdin.isTTY ? askLine : undefined,
    askSecret: stdin.isTTY ? (question) => askSecret(question, stdin, writeErr) : undefined,
    onInterrupt(callback) {
      process.once('SIGINT', () => {
        callback();
        process.exit(EXITS.interrupted.code);
      });
    },
  };
}

/** The terminal itself echoes the typed text and handles Ctrl-C. At the end of the input the answer is empty. */
function askLine(question: string): Promise<string> {
  process.stderr.write(question);
  const lines = createInterface({ input: process.stdin, terminal: false });
  return new Promise((resolve) => {
    lines.once('line', (line) => {
      resolve(line);
      lines.close();
    });
    lines.once('close', () => resolve(''));
  });
}
