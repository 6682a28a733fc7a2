// This process's own terminal, as an operator uses it.
import { createInterface } from 'node:readline';
import { openProcessTerminal } from '../terminal/process-terminal.ts';
import { EXITS } from './exits.ts';
import type { OperatorTerminal } from './operator-terminal.ts';

export function openOperatorTerminal(): OperatorTerminal {
  return {
    ...openProcessTerminal(),
    ask: process.stdin.isTTY ? askLine : undefined,
    isErrTerminal: process.stderr.isTTY === true,
    onInterrupt(callback) {
      process.once('SIGINT', () => {
        callback();
        process.exit(EXITS.interrupted.code);
      });
    },
  };
}

/** The terminal itself shows what is typed and takes Ctrl-C. An end of input is an empty answer. */
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
