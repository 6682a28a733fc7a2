// Stopping `npm start` at different moments: all its processes end, and its output stays correct.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { afterAll, expect, test } from 'vitest';
import { makeDataDir, ROOT, until } from '../support/laptop/laptop.ts';
import { processesNaming } from '../support/laptop/processes.ts';

const dataDir = makeDataDir();

afterAll(() => dataDir.remove());

/** Starts the laptop cloud in its own process group, as a shell does. */
function startGroup(...words: readonly string[]) {
  const args = ['bin/bootstrap.mjs', 'start', '--port', '0', '--data-dir', dataDir.path, ...words];
  const child = spawn(process.execPath, args, { cwd: ROOT, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const lines: string[] = [];
  for (const output of [child.stdout, child.stderr])
    createInterface({ input: output }).on('line', (line) => lines.push(line));
  const exited = once(child, 'close').then(([code]) => code as number);
  const saw = (text: string) => until(text, () => lines.some((line) => line.includes(text)), 30_000);
  const signalGroup = (signal: NodeJS.Signals) => process.kill(-(child.pid ?? 0), signal);
  return { child, lines, exited, saw, signalGroup };
}

async function expectNothingLeft(): Promise<void> {
  await until('every process has ended', () => processesNaming(dataDir.path).length === 0);
  expect(readdirSync(dataDir.path)).not.toContain('local.json');
  expect(readdirSync(dataDir.path)).not.toContain('lock');
}

test('exits with code 0 on Ctrl-C during the synthesis, without an error or a job', async () => {
  const { lines, exited, saw, signalGroup } = startGroup();
  await saw('Signet Relay on this machine');
  signalGroup('SIGINT');
  expect(await exited).toBe(0);
  expect(lines).toEqual(['Signet Relay on this machine: no AWS account, no Docker.', 'Stopping …']);
  await expectNothingLeft();
});

test('exits with code 1 under --once on SIGTERM during the start, sends no job, and ignores further signals', async () => {
  const { lines, exited, signalGroup } = startGroup('--once');
  await until('the agent is being enrolled', () => readdirSync(dataDir.path).includes('ports.json'), 30_000);
  for (const signal of ['SIGTERM', 'SIGTERM', 'SIGINT'] as const) signalGroup(signal);
  expect(await exited).toBe(1);
  expect(lines).toEqual(['Signet Relay on this machine: no AWS account, no Docker.', 'Stopping …']);
  await expectNothingLeft();
});

test('stops without a stack trace when the reader of its output closes the pipe, as `head` does', async () => {
  const { child, lines, exited, saw } = startGroup('--once');
  await saw('Signet Relay on this machine');
  child.stdout.destroy();
  expect(await exited).toBe(1);
  expect(lines).toEqual(['Signet Relay on this machine: no AWS account, no Docker.']);
  await expectNothingLeft();
});
