// What every operator's command does around its operation: it asks, names the target, shows a secret once, reports errors.
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { CommandStop } from '../../../../bin/signet/operator/command-stop.ts';
import { describeUnanswered } from '../../../../bin/signet/operator/describe-unanswered.ts';
import type { OperatorAccess } from '../../../../lib/aws/deployment/operator-access.ts';
import { DependencyUnavailable } from '../../../../lib/relay/model/ports.ts';
import { ACCOUNT } from '../../../support/relay/samples.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';
import { NOW_MS } from '../fake-terminal.ts';
import { DESCRIPTION, openNobody, openWorld, run } from './run-in-process.ts';

const { accountId } = ACCOUNT;
let access: OperatorAccess;
beforeEach(async () => {
  access = await openWorld();
});

const createKey = ['key', 'create', accountId, '--profile', 'nitro', '--key-id', 'acme'];

async function stateNow(): Promise<string> {
  return (await run(['account', 'show', accountId, '--json'], { access })).json.account.state;
}

describe('before something is destroyed', () => {
  const suspend = ['account', 'suspend', accountId];

  test('says at a terminal what will happen, and continues when the id is typed', async () => {
    const questions: string[] = [];
    const ask = async (question: string) => {
      questions.push(question);
      return ` ${accountId} `;
    };
    const { code, err } = await run(suspend, { access, ask });
    expect([code, await stateNow()]).toEqual([0, 'suspended']);
    expect(err.replaceAll('\n', ' ')).toContain(`Every request of account ${accountId} will be refused`);
    expect(questions).toEqual([`Type ${accountId} to continue: `]);
  });

  test.each(['', 'yes', 'y', `${accountId}x`])('refuses the answer %j, and changes nothing', async (answer) => {
    const { code, json } = await run([...suspend, '--json'], { access, ask: async () => answer });
    expect([code, json.error.code]).toEqual([1, 'not_confirmed']);
    expect(await stateNow()).toBe('active');
  });

  test('needs --yes without a terminal, before it looks for the deployment', async () => {
    const open = () => Promise.reject(new Error('it was looked for'));
    const { code, err } = await run(suspend, { open });
    expect([code, err]).toEqual([2, expect.stringContaining('--yes')]);
    expect((await run([...suspend, '--yes'], { access })).code).toBe(0);
    expect(await stateNow()).toBe('suspended');
  });

  test('asks about a rotation only when it ends a secret at once', async () => {
    await run(createKey, { access });
    const rotate = ['key', 'rotate', 'acme'];
    expect(await run([...rotate, '--force'], { access })).toMatchObject({ code: 2 });
    expect(await run([...rotate, '--overlap', '0'], { access })).toMatchObject({ code: 2 });
    expect(await run(rotate, { access })).toMatchObject({ code: 0 });
    expect(await run([...rotate, '--json'], { access })).toMatchObject({
      code: 1,
      json: { error: { code: 'rotation_in_overlap' } },
    });
    expect(await run([...rotate, '--force', '--yes'], { access })).toMatchObject({ code: 0 });
  });
});

describe('the target', () => {
  test('is named before a change, and not by a command that only reads', async () => {
    expect((await run(['account', 'resume', accountId], { access })).err).toBe(`signet: ${DESCRIPTION}\n`);
    expect((await run(['account', 'show', accountId], { access })).err).toBe('');
  });

  test('that does not exist is a refusal with a code', async () => {
    const stop = new CommandStop('refused', 'deployment_unknown', 'No deployment of stage prod is here.');
    const { code, json } = await run(['account', 'list', '--json'], { open: () => Promise.reject(stop) });
    expect([code, json]).toEqual([1, { error: { code: 'deployment_unknown', message: stop.message } }]);
  });

  test('is the one that the options name', async () => {
    const choices: unknown[] = [];
    const open = async (choice: unknown) => {
      choices.push(choice);
      return { access, description: DESCRIPTION };
    };
    for (const words of [[], ['--stage', 'prod'], ['--local'], ['--local=there']])
      await run(['account', 'list', ...words], { open });
    expect(choices).toEqual([{}, { stage: 'prod' }, { local: '.signet' }, { local: 'there' }]);
  });
});

describe('a secret', () => {
  test('is shown once, with what to do with it', async () => {
    const { code, out } = await run(createKey, { access });
    expect(code).toBe(0);
    expect(out).toMatch(/The secret, shown only this once:\n\n {2}sk_[A-Za-z0-9_-]{43}\n\nSend it to the partner/);
    const secret = /sk_\S+/.exec(out)?.[0] ?? '';
    for (const words of [
      ['show', 'acme'],
      ['list', accountId],
    ])
      for (const json of [[], ['--json']])
        expect((await run(['key', ...words, ...json], { access })).out).not.toContain(secret);
  });

  test('is in the JSON with --json', async () => {
    const { json } = await run([...createKey, '--json'], { access });
    expect(json).toMatchObject({ key: { keyId: 'acme', accountId }, secret: expect.stringMatching(/^sk_/) });
  });

  test('goes to a new file that only its owner can read, and nowhere else', async () => {
    const file = join(temporaryFolder(), 'acme.key');
    for (const [index, format] of [[], ['--json']].entries()) {
      const path = `${file}${index}`;
      const input = ['--profile', 'nitro', '--key-id', `acme-${index}`];
      const words = ['key', 'create', accountId, ...input, '--secret-out', path, ...format];
      const { code, out, err } = await run(words, { access });
      expect(code).toBe(0);
      const secret = readFileSync(path, 'utf8').trim();
      expect([secret, statSync(path).mode & 0o777]).toEqual([expect.stringMatching(/^sk_/), 0o600]);
      expect(out + err).not.toContain(secret);
      expect(out).toContain(path);
    }
  });

  test('overwrites no file, and is not created when the file exists', async () => {
    const file = join(temporaryFolder(), 'there');
    writeFileSync(file, 'mine');
    const { code, err } = await run([...createKey, '--secret-out', file], { access });
    expect([code, err]).toEqual([2, expect.stringContaining('exists already')]);
    expect(readFileSync(file, 'utf8')).toBe('mine');
    expect((await run(['key', 'show', 'acme'], { access })).code).toBe(1);
  });

  test('that was not created leaves no file behind', async () => {
    const file = join(temporaryFolder(), 'new');
    await run(createKey, { access });
    expect((await run([...createKey, '--secret-out', file], { access })).code).toBe(1);
    expect(existsSync(file)).toBe(false);
    const nowhere = await run([...createKey, '--secret-out', '/nowhere/key'], { access });
    expect([nowhere.code, nowhere.err]).toEqual([2, expect.stringContaining('cannot be written: ENOENT')]);
  });

  test('that the user supplies is read from the environment, and printed nowhere', async () => {
    const secret = 'a-secret-of-theirs-0123456789';
    const words = ['key', 'import', accountId, 'theirs', '--profile', 'vouchersx'];
    for (const json of [[], ['--json']]) {
      const { code, out, err } = await run([...words, ...json], { access, environment: { SIGNET_SECRET: secret } });
      expect([code, (out + err).includes(secret)]).toEqual([0, false]);
    }
  });
});

test('a table is whole in a pipe, and is cut on a narrow terminal', async () => {
  const name = 'a name that is much too long for a narrow terminal';
  await run(['account', 'set', accountId, '--name', name], { access });
  const list = async (tableColumns: number) => (await run(['account', 'list'], { access, tableColumns })).out;
  expect(await list(Number.POSITIVE_INFINITY)).toContain(`${accountId}  ${name}  active`);
  const narrow = await list(60);
  expect(narrow).toMatch(/a name.*…/);
  expect(narrow).not.toContain(name);
});

describe('Ctrl-C', () => {
  test('says whether the command continues when it is run again, and leaves no empty file for a secret', async () => {
    const file = join(temporaryFolder(), 'new');
    const callbacks: (() => void)[] = [];
    const onInterrupt = (callback: () => void) => void callbacks.push(callback);
    const deleting = { ...access, sleep: async () => callbacks[0]?.() } as OperatorAccess;
    const { err } = await run(['account', 'delete', accountId, '--yes'], { access: deleting, onInterrupt });
    expect(err).toContain('Run the same command again to continue.');
    const randomBytes = (count: number) => {
      callbacks[1]?.();
      expect(existsSync(file)).toBe(false);
      return Buffer.alloc(count, 9);
    };
    const creating = { ...(await openWorld()), randomBytes } as OperatorAccess;
    const words = ['agent', 'token', accountId, '--secret-out', file];
    expect((await run(words, { access: creating, onInterrupt })).err).toContain('Check what was changed');
  });
});

describe('progress', () => {
  const remove = ['account', 'delete', accountId, '--yes'];

  test('is a plain line every five seconds without a terminal', async () => {
    let nowMs = NOW_MS;
    const seldom = await run(remove, { access, nowMs: () => nowMs });
    expect(seldom.code).toBe(0);
    expect(seldom.err.split('\n').slice(1)).toEqual([
      expect.stringMatching(/^Waiting 90 s, until \d\d:\d\d:\d\dZ, so that .* …$/),
      '',
    ]);
    const slow = await run(remove, {
      access: await openWorld(),
      nowMs: () => {
        nowMs += 5_000;
        return nowMs;
      },
    });
    expect(slow.err).toMatch(/\nWaiting [^\n]+\nDeleting queues: 1 …\n/);
    expect(slow.err).not.toContain('\u001b');
  });

  test('is one line on a terminal that is written over, and cleared at the end', async () => {
    const { err } = await run(remove, { access, isErrTerminal: true });
    expect(err.split('\n')).toHaveLength(2);
    expect(err.split('\r').length).toBeGreaterThan(2);
    expect(err.endsWith('\r\u001b[K')).toBe(true);
  });
});

describe('a failed request to AWS', () => {
  test.each<[string, string, RegExp]>([
    ['CredentialsProviderError', 'Could not load credentials from any providers', /There are no AWS credentials/],
    ['ExpiredTokenException', 'The security token included in the request is expired', /Sign in again/],
    ['UnrecognizedClientException', 'The security token included in the request is invalid.', /Sign in again/],
    ['AccessDeniedException', 'User is not authorized to perform this', /do not have the permission/],
    ['ThrottlingException', 'Rate exceeded', /Run the same command again in a minute/],
    ['Error', 'Region is missing', /AWS_REGION/],
    ['TimeoutError', 'connect timed out', /There is no connection/],
    ['ResourceNotFoundException', 'Requested resource not found', /does not exist/],
    ['QueueDoesNotExist', 'The specified queue does not exist.', /signet queues reconcile/],
    ['SomethingNew', 'whatever', /Run the same command again/],
  ])('with %s (%s) says what to do, with exit code 3', async (name, message, advice) => {
    const cause = Object.assign(new Error(message), { name });
    const { code, out, err } = await run(['account', 'list'], { access: openNobody(cause) });
    expect([code, out]).toEqual([3, '']);
    expect(err).toMatch(advice);
    expect(err).toMatch(/^signet: [^\n]+\n$/);
  });

  test('is explained by a cause at any depth', () => {
    const refused = new AggregateError([Object.assign(new Error('connect'), { code: 'ECONNREFUSED' })]);
    const error = new DependencyUnavailable('SQS', { cause: new Error('fetch failed', { cause: refused }) });
    expect(describeUnanswered(error)).toMatch(/There is no connection/);
  });
});

test('ends with 70 and one line when the program itself fails', async () => {
  const open = () => Promise.reject(new TypeError('x is not a function'));
  const { code, json, err } = await run(['account', 'list', '--json'], { open });
  expect([code, json, err]).toEqual([
    70,
    { error: { code: 'fault', message: 'x is not a function' } },
    'signet: x is not a function\n',
  ]);
});
