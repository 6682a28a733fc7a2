#!/usr/bin/env node
// The `signet` command of partners and consumers, on this machine's terminal.
import { randomUUID } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { askSecret } from './signet/ask-secret.ts';
import { chooseColumns } from './signet/layout.ts';
import { runSignet } from './signet/run.ts';
import type { Terminal } from './signet/terminal.ts';

const terminal: Terminal = {
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

// Whoever reads us may stop early, as `head` does.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

process.exitCode = await runSignet(process.argv.slice(2), terminal);
