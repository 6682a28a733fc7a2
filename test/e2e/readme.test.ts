// A newcomer's first quarter of an hour: every command block of the README, in order, in a copy of the tree of its own.
import { execFile, execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { spawnTethered, type TetheredProcess } from '../../lib/local/cloud/base/tethered-process.ts';
import { readLocalState } from '../../lib/local/state-file.ts';
import { blocks, sectionUnder } from '../docs/readme.ts';
import { isAlive, makeDataDir, ROOT, until } from '../support/laptop/laptop.ts';
import { holdAllToDescription, recording } from '../support/laptop/recorded-answers.ts';

const copy = makeDataDir();
const run = promisify(execFile);
let staying: TetheredProcess | undefined;

/** What git would clone, as it stands now, with the dependencies that are installed already. */
beforeAll(() => {
  const list = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: ROOT });
  for (const file of list.toString().split('\0').filter(Boolean)) {
    mkdirSync(dirname(join(copy.path, file)), { recursive: true });
    copyFileSync(join(ROOT, file), join(copy.path, file));
  }
  symlinkSync(join(ROOT, 'node_modules'), join(copy.path, 'node_modules'));
});

afterAll(async () => {
  await staying?.stop();
  copy.remove();
});

async function runBlock(block: string): Promise<string> {
  const { stdout } = await run('bash', ['-euo', 'pipefail', '-c', block], { cwd: copy.path });
  return stdout;
}

/** `npm start` stays up; everything after it runs beside it. */
async function startAndStay(): Promise<void> {
  const lines: string[] = [];
  staying = await spawnTethered('npm', ['start'], {
    cwd: copy.path,
    env: recording(copy.path),
    onLine: (line) => lines.push(line),
  });
  await until('npm start is ready', () => lines.some((line) => line.startsWith('Ready.')), 60_000);
}

test('every command block does what the README says', async () => {
  const [once, start, submit, webhooks, resolve, tests, synth, integrate, ...others] = blocks('sh');
  // operator-guide.test.ts runs these.
  expect(others).toEqual(blocks('sh', sectionUnder("Operator's guide")));

  expect(once).toBe('npm start -- --once');
  expect(await runBlock('npm start -- --once')).toMatch(/standardwebhooks verified it[\s\S]*billable operations/);

  expect(start).toBe('npm start');
  await startAndStay();
  const first = await runBlock(submit ?? '');
  expect(first).toMatch(/^HTTP\/1\.1 202 /);
  const again = await runBlock(submit ?? '');
  expect(again).toMatch(/^HTTP\/1\.1 200 /);
  expect(again).toMatch(/^idempotent-replayed: true\r$/m);
  expect(again.split('"jobId":"')[1]?.slice(0, 56)).toBe(first.split('"jobId":"')[1]?.slice(0, 56));

  await until('the webhook is there', async () => (await runBlock(webhooks ?? '')).includes('readme-1'));
  expect(await runBlock(resolve ?? '')).toContain('"conclusion":"valid"');

  const integrated = await runBlock(integrate ?? '');
  expect(integrated).toMatch(
    /^POST \/api\/links\/fetch HTTP\/1\.1\r\nhost: 127\.0\.0\.1:\d+\r\n[\s\S]*^x-timestamp: \d{13}\r$/m,
  );
  expect(integrated).toMatch(/\b202\b[\s\S]*"jobId":\s?"job_/);

  // Running the tests within the tests would never end; that this is the command is all that can be said here.
  expect(tests).toBe('npm test');
  expect(synth).toBe('npx cdk synth --quiet');
  await runBlock('npx cdk synth --quiet');

  // Stopping npm, as a service manager would, stops all of it.
  const pid = readLocalState(join(copy.path, '.signet'))?.pid ?? 0;
  expect(isAlive(pid)).toBe(true);
  await staying?.stop();
  await until('the relay is gone', () => !isAlive(pid));
  holdAllToDescription(copy.path);
}, 120_000);
