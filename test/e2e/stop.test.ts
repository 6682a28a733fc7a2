// Told to stop at whatever moment, in whatever way: it stops whole, and says nothing untrue.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { afterAll, expect, test } from 'vitest';
import { makeDataDir, ROOT, until } from '../support/laptop/laptop.ts';
import { processesNaming } from '../support/laptop/processes.ts';

const dataDir = makeDataDir();

afterAll(() => dataDir.remove());

/** In a process group of its own, like a command that a shell starts. */
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
  await until('every process is gone', () => processesNaming(dataDir.path).length === 0);
  expect(readdirSync(dataDir.path)).not.toContain('local.json');
  expect(readdirSync(dataDir.path)).not.toContain('lock');
}

test('Ctrl-C while the app is synthesized: no blame, no job, exit code 0', async () => {
  const { lines, exited, saw, signalGroup } = startGroup();
  await saw('Signet Relay on this machine');
  signalGroup('SIGINT');
  expect(await exited).toBe(0);
  expect(lines).toEqual(['Signet Relay on this machine: no AWS account, no Docker.', 'Stopping …']);
  await expectNothingLeft();
});

test('SIGTERM while the demo starts: no job is sent, --once is no success, and more signals change nothing', async () => {
  const { lines, exited, signalGroup } = startGroup('--once');
  await until('the agent is being enrolled', () => readdirSync(dataDir.path).includes('ports.json'), 30_000);
  for (const signal of ['SIGTERM', 'SIGTERM', 'SIGINT'] as const) signalGroup(signal);
  expect(await exited).toBe(1);
  expect(lines).toEqual(['Signet Relay on this machine: no AWS account, no Docker.', 'Stopping …']);
  await expectNothingLeft();
});

test('a reader that goes away, as `head` does, stops it without a stack trace', async () => {
  const { child, lines, exited, saw } = startGroup('--once');
  await saw('Signet Relay on this machine');
  child.stdout.destroy();
  expect(await exited).toBe(1);
  expect(lines).toEqual(['Signet Relay on this machine: no AWS account, no Docker.']);
  await expectNothingLeft();
});
