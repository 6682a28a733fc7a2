// This process's own terminal.
import { randomUUID } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { askSecret } from './ask-secret.ts';
import { chooseColumns } from './layout.ts';
import type { Terminal } from './terminal.ts';

export function openProcessTerminal(): Terminal {
  // Whoever reads us may stop early, as `head` does.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
  return {
    out: (text) => process.stdout.write(text),
    err: (text) => process.stderr.write(text),
    columns: chooseColumns(process.stdout.columns),
    environment: process.env,
    nowMs: Date.now,
    nonce: randomUUID,
    fetch,
    readStdin: () => buffer(process.stdin),
    askSecret: process.stdin.isTTY
      ? (question) => askSecret(question, process.stdin, (text) => process.stderr.write(text))
      : undefined,
  };
}
