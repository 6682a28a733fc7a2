// The real command: how it finds its relay, and a real terminal.
import { execFile, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { openTarget } from '../../../../bin/signet/operator/target.ts';
import { type LocalState, writeLocalState } from '../../../../lib/local/state-file.ts';
import { run } from './run-in-process.ts';

const ROOT = join(import.meta.dirname, '../../../..');
const SIGNET = join(ROOT, 'bin/signet.ts');
const folder = mkdtempSync(join(tmpdir(), 'signet-operator-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Nobody listens there. */
const NOWHERE = 'http://127.0.0.1:1';
const DUMMY = { AWS_REGION: 'eu-west-1', AWS_ACCESS_KEY_ID: 'AKIDUMMY', AWS_SECRET_ACCESS_KEY: 'dummy' };

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Nothing of this machine's AWS settings comes along. */
function signet(words: readonly string[], env: Record<string, string> = {}): Promise<Ran> {
  const own = { PATH: process.env['PATH'] ?? '', HOME: folder, AWS_EC2_METADATA_DISABLED: 'true', ...env };
  return new Promise((resolve) => {
    execFile(process.execPath, [SIGNET, ...words], { cwd: folder, env: own }, (error, out, err) =>
      resolve({ code: error ? Number(error.code) : 0, out, err }),
    );
  });
}

/** A laptop cloud as its file tells of it, by a process that lives or does not. */
function makeLaptop(name: string, change: Partial<LocalState>): string {
  const dataDir = join(folder, name);
  mkdirSync(dataDir);
  const service = { endpoint: NOWHERE, region: 'us-east-1', credentials: { accessKeyId: 'x', secretAccessKey: 'x' } };
  const deployment = {
    stage: 'local',
    apiUrl: 'http://127.0.0.1:8787',
    tableName: 'table',
    jobQueueUrlPrefix: `${NOWHERE}/jobs-`,
    deliveryQueueUrl: `${NOWHERE}/deliveries`,
    deliveryDeadLetterQueueUrl: `${NOWHERE}/dead-deliveries`,
    eventDeadLetterQueueUrl: `${NOWHERE}/dead-events`,
    inboundRingArn: 'arn:inbound',
    outboundRingArn: 'arn:outbound',
  };
  const operator = { deployment, services: { dynamodb: service, sqs: service, secretsManager: service } };
  writeLocalState(dataDir, { pid: process.pid, operator, ...change } as LocalState);
  return dataDir;
}

const alive = makeLaptop('alive', {});
const dead = makeLaptop('dead', { pid: 2 ** 22 + 1 });
const older = makeLaptop('older', { operator: undefined } as never);

describe('which relay, in this process', () => {
  test.each<[string, readonly string[], number, RegExp]>([
    ['both are named', ['--stage', 'prod', '--local'], 2, /--stage or --local, not both/],
    ['no laptop cloud was started there', ['--local=nowhere'], 3, /No laptop cloud runs in nowhere/],
    ['its process is gone', [`--local=${dead}`], 3, /No laptop cloud runs in/],
    ['an older npm start runs', [`--local=${older}`], 2, /older npm start: start it again/],
    ['its emulators do not answer', [`--local=${alive}`], 3, /Nobody answers/],
  ])('when %s', async (_, words, code, message) => {
    const ran = await run(['account', 'list', ...words], { open: openTarget });
    expect([ran.code, ran.out, ran.err]).toEqual([code, '', expect.stringMatching(message)]);
    expect(ran.err).toMatch(/^signet: [^\n]+\n$/);
  });
});

describe.concurrent('the real process', () => {
  const status = ['status', '--stage', 'prod'];

  test.each<[string, readonly string[], Record<string, string>, number, RegExp]>([
    ['no relay is named, and none runs here', ['account', 'list'], {}, 2, /--stage NAME .* --local=DIR .* npm start/],
    ['there are no credentials', status, { AWS_REGION: 'eu-west-1' }, 3, /There are no AWS credentials/],
    ['AWS is out of reach', status, { ...DUMMY, AWS_ENDPOINT_URL: NOWHERE }, 3, /Nobody answers/],
  ])('when %s', async (_, words, env, code, message) => {
    const ran = await signet(words, env);
    expect(ran).toEqual({ code, out: '', err: expect.stringMatching(message) });
    expect(ran.err).toMatch(/^signet: [^\n]+\n$/);
  });

  test('helps without a relay, and runs partners’ commands as ever', async () => {
    const [help, sign] = await Promise.all([signet(['key', 'rotate', '--help']), signet(['sign', '--key-id', 'k'])]);
    expect(help).toMatchObject({ code: 0, err: '', out: expect.stringContaining('signet key rotate <key>') });
    expect(sign).toMatchObject({ code: 2, out: '', err: expect.stringMatching(/^signet: Say/) });
  });
});

const hasPython = spawnSync('python3', ['-c', 'import pty, termios']).status === 0;

describe.skipIf(!hasPython)(`on a terminal${hasPython ? '' : ' (skipped: there is no python3 to make one)'}`, () => {
  const id = 'acmeacmeacmeacme';

  async function onTerminal(typed: string) {
    const words = [join(ROOT, 'test/bin/signet/on-a-terminal.py'), Buffer.from(typed).toString('hex')];
    const command = [process.execPath, SIGNET, 'account', 'suspend', id, `--local=${alive}`];
    const env = { PATH: process.env['PATH'], PROMPT: `Type ${id} to go on: ` };
    return new Promise<{ code: number; seen: string }>((resolve) => {
      execFile('python3', [...words, ...command], { env, timeout: 19_000 }, (_, out) => resolve(JSON.parse(out)));
    });
  }

  test('it asks, and takes the id and Ctrl-C', async () => {
    const [yes, stop] = await Promise.all([`${id}\n`, '\u0003'].map(onTerminal));
    for (const ran of [yes, stop]) {
      expect(ran?.seen).toContain('signet: the laptop at http://127.0.0.1:8787');
      expect(ran?.seen.replaceAll(/\s+/g, ' ')).toContain(`Every request of account ${id} will be refused`);
    }
    // Nobody answers behind it: that it was tried is what is seen.
    expect([yes?.code, yes?.seen]).toEqual([3, expect.stringContaining('Nobody answers')]);
    expect([stop?.code, stop?.seen]).toEqual([130, expect.stringContaining('Nothing was changed')]);
  });
});
