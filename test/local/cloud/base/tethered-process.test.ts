// A tethered process ends with the process that started it, even after a SIGKILL.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { spawnTethered } from '../../../../lib/local/cloud/base/tethered-process.ts';
import { eventually } from '../fake-assembly.ts';

const SLEEPER = ['-e', 'console.log("up"); setInterval(() => {}, 1000)'];
const STUBBORN = ['-e', 'process.on("SIGTERM", () => {}); console.log("up"); setInterval(() => {}, 1000)'];

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function startNode(args: readonly string[]) {
  const lines: string[] = [];
  const child = await spawnTethered(process.execPath, args, { onLine: (line) => lines.push(line) });
  onTestFinished(async () => void (await child.kill()));
  await eventually(() => lines.includes('up') || undefined);
  return child;
}

test('returns the exit code of the command', async () => {
  const child = await spawnTethered(process.execPath, ['-e', 'process.exit(7)']);
  expect(await child.exited).toBe(7);
});

test('forwards the lines of both outputs, and passes only the given environment', async () => {
  const lines: [string, string][] = [];
  const script = 'console.log(process.env.GREETING, process.env.HOME); console.error("careful")';
  const env = { GREETING: 'hello' };
  const onLine = (line: string, stream: string) => lines.push([stream, line]);
  await (await spawnTethered(process.execPath, ['-e', script], { env, onLine })).exited;
  expect(lines).toEqual(
    expect.arrayContaining([
      ['stdout', 'hello undefined'],
      ['stderr', 'careful'],
    ]),
  );
});

test('exits with 127 when there is no such command', async () => {
  const child = await spawnTethered('/no/such/command', []);
  expect(await child.exited).toBe(127);
});

test('has the process id of the command itself, in a process group that Ctrl-C does not reach', async () => {
  const child = await startNode(SLEEPER);
  expect(isAlive(child.pid)).toBe(true);
  expect(() => process.kill(-child.pid, 0)).toThrow();
});

test('ends the command with SIGTERM when it is stopped', async () => {
  const child = await startNode(SLEEPER);
  expect(await child.stop()).toBe(128 + 15);
  expect(isAlive(child.pid)).toBe(false);
});

test('ends a command that ignores SIGTERM after three seconds', async () => {
  const child = await startNode(STUBBORN);
  expect(await child.stop()).toBe(128 + 9);
});

test('ends the command at once when it is killed', async () => {
  const child = await startNode(STUBBORN);
  expect(await child.kill()).toBe(128 + 9);
});

test('sends a signal, and nothing once the command has ended', async () => {
  const child = await startNode(SLEEPER);
  child.send('SIGINT');
  expect(await child.exited).toBe(128 + 2);
  child.send('SIGKILL');
});

test('ends the command when the abort signal fires, and starts none after it', async () => {
  const stopping = new AbortController();
  const child = await spawnTethered(process.execPath, SLEEPER, { signal: stopping.signal });
  stopping.abort();
  expect(await child.exited).toBe(128 + 15);
  await expect(spawnTethered(process.execPath, SLEEPER, { signal: stopping.signal })).rejects.toThrow('aborted');
});

test('notices when the command is killed by another process', async () => {
  const child = await startNode(SLEEPER);
  process.kill(child.pid, 'SIGKILL');
  expect(await child.exited).toBe(128 + 9);
});

test('ends with its parent when the parent is killed with SIGKILL', async () => {
  const module = fileURLToPath(new URL('../../../../lib/local/cloud/base/tethered-process.ts', import.meta.url));
  const script = `
    import { spawnTethered } from ${JSON.stringify(module)};
    const child = await spawnTethered(process.execPath, ${JSON.stringify(SLEEPER)});
    console.log(child.pid);
    setInterval(() => {}, 1000);
  `;
  const parent = spawn(process.execPath, ['--input-type=module-typescript', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void parent.kill('SIGKILL'));
  const line = await new Promise<string>((resolve) => createInterface({ input: parent.stdout }).once('line', resolve));
  const pid = Number(line);
  expect(isAlive(pid)).toBe(true);
  parent.kill('SIGKILL');
  await eventually(() => !isAlive(pid) || undefined);
});
