// Runs every command block of the README and of the guides in order, in a copy of the repository, as a newcomer would. Each
// document has its own shell. operator-guide.test.ts runs the operator's guide.
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { collectStarted } from '../../lib/local/cloud/base/stoppable.ts';
import { spawnTethered, type TetheredProcess } from '../../lib/local/cloud/base/tethered-process.ts';
import { readLocalState } from '../../lib/local/state-file.ts';
import { AGENT, blocks, DEPLOY, PARTNERS, README, WEBHOOKS } from '../docs/documents.ts';
import { isAlive, makeDataDir, ROOT, until } from '../support/laptop/laptop.ts';
import { expectAllDescribed, recordingEnvironment } from '../support/laptop/recorded-answers.ts';
import { openShell, type ShellSession } from './operator-guide/shell-session.ts';

/** A long time-out, because each test starts several programs, which is slow on a busy machine. */
const SLOW_MS = 180_000;

const copy = makeDataDir();
const started = collectStarted();
let staying: TetheredProcess | undefined;

/** Copies the files that git would clone, and links the installed dependencies. */
beforeAll(() => {
  const list = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: ROOT });
  for (const file of list.toString().split('\0').filter(Boolean)) {
    mkdirSync(dirname(join(copy.path, file)), { recursive: true });
    copyFileSync(join(ROOT, file), join(copy.path, file));
  }
  symlinkSync(join(ROOT, 'node_modules'), join(copy.path, 'node_modules'));
});

afterAll(async () => {
  await started.stop();
  await staying?.stop();
  copy.remove();
});

/** Opens a shell for one document. */
async function readersShell(): Promise<ShellSession> {
  const env = { PATH: process.env['PATH'] ?? '', HOME: copy.path };
  return started.add(await openShell(copy.path, env));
}

/** Starts `npm start` and leaves it running for the later blocks. */
async function startAndStay(): Promise<void> {
  const lines: string[] = [];
  staying = await spawnTethered('npm', ['start'], {
    cwd: copy.path,
    env: recordingEnvironment(copy.path),
    onLine: (line) => lines.push(line),
  });
  await until('npm start is ready', () => lines.some((line) => line.startsWith('Ready.')), 60_000);
}

test(
  'runs the README: a demo job, a relay that stays up, and a job of the reader',
  async () => {
    const [once, start, submit, tests, ...others] = blocks(README, 'sh');
    expect(others).toEqual([]);
    // The tests cannot run themselves.
    expect(tests).toBe('npm test');
    const shell = await readersShell();
    expect(once).toBe('npm start -- --once');
    expect(await shell.run(once ?? '')).toMatch(/standardwebhooks verified it[\s\S]*billable operations/);
    expect(start).toBe('npm start');
    await startAndStay();
    expect(await shell.run(submit ?? '')).toMatch(/^202 Accepted$[\s\S]*"jobId": "job_[\s\S]*\bDemo +active\b/m);
  },
  SLOW_MS,
);

test(
  'runs the partner’s guide: a request, its webhook, and a repeat of the request',
  async () => {
    const [first = '', webhook = '', command = '', ...others] = blocks(PARTNERS, 'sh');
    expect(others).toEqual([]);
    const shell = await readersShell();
    const jobIn = (printed: string) => /"jobId": ?"(job_\w+)"/.exec(printed)?.[1];
    const accepted = await shell.run(first);
    expect(accepted).toMatch(/^HTTP\/1\.1 202 /m);
    const jobId = jobIn(accepted) ?? 'no job';
    await until('the webhook has arrived', async () => (await shell.run(webhook)).includes(jobId));
    const repeated = await shell.run(first);
    expect(repeated).toMatch(/^HTTP\/1\.1 200 /m);
    expect(repeated).toMatch(/^idempotent-replayed: true$/m);
    expect(jobIn(repeated)).toBe(jobId);

    const sent = await shell.run(command);
    expect(sent).toMatch(/^POST \/api\/links\/fetch HTTP\/1\.1\nhost: 127\.0\.0\.1:\d+\n[\s\S]*^x-timestamp: \d{13}$/m);
    expect(sent).toMatch(/\b202 Accepted$[\s\S]*"jobId": "job_/m);
  },
  SLOW_MS,
);

test('runs the consumer’s guide, which shows the received webhooks', async () => {
  const [received = '', ...others] = blocks(WEBHOOKS, 'sh');
  expect(others).toEqual([]);
  expect(await (await readersShell()).run(received)).toContain('"x-webhook-event":"link.resolved"');
});

test(
  'runs the agent’s guide: a resolved link and an enrolled desktop',
  async () => {
    const [tools = '', once = '', token = '', enroll = '', status = '', ...others] = blocks(AGENT, 'sh');
    expect(others).toEqual([]);
    const shell = await readersShell();
    await shell.run(tools);
    expect(await shell.run(once)).toContain('"conclusion":"valid"');
    await shell.run(token);
    expect(await shell.run(enroll)).toContain('"event":"agent.enrolled"');
    expect(await shell.run(status)).toMatch(/"enrolled":true[\s\S]*"running":false/);
  },
  SLOW_MS,
);

test(
  'runs the deployment guide, which synthesizes the template',
  async () => {
    const [synth = '', ...others] = blocks(DEPLOY, 'sh');
    expect([synth, others]).toEqual(['npx cdk synth --quiet', []]);
    await (await readersShell()).run(synth);
  },
  SLOW_MS,
);

test('ends npm start when npm is stopped, as a service manager does', async () => {
  const pid = readLocalState(join(copy.path, '.signet'))?.pid ?? 0;
  expect(isAlive(pid)).toBe(true);
  await staying?.stop();
  await until('the relay has ended', () => !isAlive(pid));
  expectAllDescribed(copy.path);
});
