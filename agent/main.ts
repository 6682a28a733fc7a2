#!/usr/bin/env node
// The `signet-agent` program: opens the terminal, runs one command, ends with a documented exit code.
import { randomBytes } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { ExitError } from '../lib/terminal/exit-error.ts';
import { openProcessTerminal } from '../lib/terminal/process-terminal.ts';
import { printError, runProgram } from '../lib/terminal/run-program.ts';
import { SIGNET_AGENT } from './command-line.ts';
import type { Terminal } from './events/terminal.ts';

// The spool holds other people's URLs: only the owner may read what this process writes.
process.umask(0o077);

const terminal = {
  ...openProcessTerminal(),
  outIsTerminal: process.stdout.isTTY === true,
  platform: process.platform,
  monotonicMs: () => performance.now(),
  random: Math.random,
  nonce: () => randomBytes(24).toString('base64url'),
  pause: (ms: number) => pause(ms),
  schedule(ms: number, callback: () => void) {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
  onStopSignal(callback: () => void) {
    process.on('SIGTERM', callback);
    process.on('SIGINT', callback);
  },
} satisfies Terminal;

const code = await runProgram(SIGNET_AGENT, process.argv.slice(2), {
  terminal,
  run: (line) => line.command.run(line, terminal),
  onError(error) {
    if (error instanceof ExitError) return printError(SIGNET_AGENT, error, terminal);
    terminal.err(`signet-agent: ${error.stack ?? error}\n`);
    return 'defect';
  },
});
process.exitCode = code;
// A pipe accepts the output later. The exit waits for that, and for nothing else.
process.stdout.write('', () => process.exit());
