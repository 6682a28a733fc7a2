#!/usr/bin/env node
// signet-agent: the program. Reads the command line, gives the command its terminal, ends with a documented exit code.
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { type CommandLine, helpText, parseCommandLine } from './command-line.ts';
import { enroll } from './enroll.ts';
import { AgentError, EXITS, type ExitName } from './events/agent-error.ts';
import type { Terminal } from './events/terminal.ts';
import { once } from './once.ts';
import { run } from './run.ts';
import { stateDirectory } from './state/state-directory.ts';
import { status } from './status.ts';

// The spool holds other people's URLs: what this process writes is its owner's only.
process.umask(0o077);

const terminal: Terminal = {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  outIsTerminal: process.stdout.isTTY === true,
  environment: process.env,
  platform: process.platform,
  nowMs: Date.now,
  monotonicMs: () => performance.now(),
  random: Math.random,
  nonce: () => randomBytes(24).toString('base64url'),
  pause: (ms) => pause(ms),
  schedule(ms, callback) {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
  onStopSignal(callback) {
    process.on('SIGTERM', callback);
    process.on('SIGINT', callback);
  },
};

type Commands = { readonly [C in CommandLine['command']]: (line: CommandLine) => Promise<ExitName> };

const COMMAND_RUNS: Commands = {
  async help() {
    terminal.out(helpText());
    return 'done';
  },
  async enroll({ words: [token = ''], options }) {
    const name = options.name ?? (hostname().slice(0, 64) || 'desktop');
    const { enrollment } = await enroll({ directory: directoryOf(options), token, name }, terminal);
    const text = `Enrolled as ${enrollment.agentId} in pool ${enrollment.pool} of ${enrollment.relayUrl}.\nNow run: signet-agent run\n`;
    terminal.out(terminal.outIsTerminal ? text : `${JSON.stringify({ event: 'agent.enrolled', ...enrollment })}\n`);
    return 'done';
  },
  async run({ options }) {
    await run(directoryOf(options), terminal);
    return 'done';
  },
  async once({ words: [url = ''], options }) {
    return (await once(url, options.expect, terminal)) ? 'done' : 'not_valid';
  },
  async status({ options }) {
    status(directoryOf(options), terminal);
    return 'done';
  },
};

function directoryOf(options: CommandLine['options']): string {
  return stateDirectory(options.state, terminal);
}

async function main(argv: readonly string[]): Promise<ExitName> {
  const line = parseCommandLine(argv);
  if (!line.ok) throw new AgentError('usage', line.reason);
  return COMMAND_RUNS[line.value.command](line.value);
}

function explain(error: unknown): ExitName {
  const isExpected = error instanceof AgentError;
  terminal.err(`signet-agent: ${isExpected ? error.message : ((error as Error).stack ?? error)}\n`);
  return isExpected ? error.exit : 'failed';
}

// A pipe takes what it is given later; the exit waits for it, and for nothing else.
const exit = await main(process.argv.slice(2)).catch(explain);
process.exitCode = EXITS[exit].code;
process.stdout.write('', () => process.exit());
