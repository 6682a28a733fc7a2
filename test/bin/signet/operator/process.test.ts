// The real `signet` process: how it finds its relay, and what it does on a real terminal.
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

/** Nothing listens there. */
const NOWHERE = 'http://127.0.0.1:1';
const DUMMY = { AWS_REGION: 'eu-west-1', AWS_ACCESS_KEY_ID: 'AKIDUMMY', AWS_SECRET_ACCESS_KEY: 'dummy' };

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs the process without the AWS settings of this machine. */
function signet(words: readonly string[], env: Record<string, string> = {}): Promise<Ran> {
  const own = { PATH: process.env['PATH'] ?? '', HOME: folder, AWS_EC2_METADATA_DISABLED: 'true', ...env };
  return new Promise((resolve) => {
    execFile(process.execPath, [SIGNET, ...words], { cwd: folder, env: own }, (error, out, err) =>
      resolve({ code: error ? Number(error.code) : 0, out, err }),
    );
  });
}

/** Writes the file of a laptop cloud whose process runs or does not. */
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

describe('in this process, the relay is refused', () => {
  test.each<[string, readonly string[], number, RegExp]>([
    ['both are named', ['--stage', 'prod', '--local'], 2, /--stage or --local, not both/],
    ['no laptop cloud runs there', ['--local=nowhere'], 3, /No laptop cloud runs in nowhere/],
    ['its process has ended', [`--local=${dead}`], 3, /No laptop cloud runs in/],
    ['an older npm start runs', [`--local=${older}`], 2, /older npm start\. Start it again/],
    ['its emulators do not answer', [`--local=${alive}`], 3, /There is no connection/],
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
    ['AWS cannot be reached', status, { ...DUMMY, AWS_ENDPOINT_URL: NOWHERE }, 3, /There is no connection/],
  ])('says what to do when %s', async (_, words, env, code, message) => {
    const ran = await signet(words, env);
    expect(ran).toEqual({ code, out: '', err: expect.stringMatching(message) });
    expect(ran.err).toMatch(/^signet: [^\n]+\n$/);
  });

  /** Writes every module that the process loads to standard error. */
  const TRACE = `data:text/javascript,${encodeURIComponent(
    "import { registerHooks } from 'node:module';" +
      'registerHooks({ load: (url, context, next) => (console.error(url), next(url, context)) });',
  )}`;

  test.each<[string, readonly string[], RegExp]>([
    [
      'the operator’s part for a partner’s command',
      ['sign', '--key-id', 'k'],
      /\/operator\/|lib\/(?:aws|relay)\/|@aws-sdk/,
    ],
    ['the AWS SDK for help', ['--help'], /@aws-sdk/],
    ['the AWS SDK for a wrong line', ['key', 'rotat'], /@aws-sdk/],
  ])('does not load %s', async (_, words, unwanted) => {
    const { err } = await signet(words, { NODE_OPTIONS: `--import=${TRACE}` });
    const loaded = err.split('\n').filter((line) => line.startsWith('file:'));
    expect(loaded.filter((url) => url.includes('/lib/terminal/')).length).toBeGreaterThan(5);
    expect(loaded.filter((url) => unwanted.test(url))).toEqual([]);
  });

  test('prints help without a relay, and runs a partner’s command', async () => {
    const [help, sign] = await Promise.all([signet(['key', 'rotate', '--help']), signet(['sign', '--key-id', 'k'])]);
    expect(help).toMatchObject({ code: 0, err: '', out: expect.stringContaining('signet key rotate <key>') });
    expect(sign).toMatchObject({ code: 2, out: '', err: expect.stringMatching(/^signet: A URL is needed/) });
  });
});

const hasPython = spawnSync('python3', ['-c', 'import pty, termios']).status === 0;

describe.skipIf(!hasPython)(`on a terminal${hasPython ? '' : ' (skipped: it needs python3)'}`, () => {
  const id = 'acmeacmeacmeacme';

  async function onTerminal(typed: string) {
    const words = [join(ROOT, 'test/bin/signet/on-a-terminal.py'), Buffer.from(typed).toString('hex')];
    const command = [process.execPath, SIGNET, 'account', 'suspend', id, `--local=${alive}`];
    const env = { PATH: process.env['PATH'], PROMPT: `Type ${id} to continue: ` };
    return new Promise<{ code: number; seen: string }>((resolve) => {
      execFile('python3', [...words, ...command], { env, timeout: 19_000 }, (_, out) => resolve(JSON.parse(out)));
    });
  }

  test('asks, and accepts the id and Ctrl-C', async () => {
    const [yes, stop] = await Promise.all([`${id}\n`, '\u0003'].map(onTerminal));
    for (const ran of [yes, stop]) {
      expect(ran?.seen).toContain('signet: the laptop at http://127.0.0.1:8787');
      expect(ran?.seen.replaceAll(/\s+/g, ' ')).toContain(`Every request of account ${id} will be refused`);
    }
    // The laptop cloud does not answer, which shows that the command tried.
    expect([yes?.code, yes?.seen]).toEqual([3, expect.stringContaining('There is no connection')]);
    expect([stop?.code, stop?.seen]).toEqual([130, expect.stringContaining('Nothing was changed')]);
  });
});
