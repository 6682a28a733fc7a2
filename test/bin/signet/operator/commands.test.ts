// Every row in the table of the operator's commands: its examples, and what is said of a wrong line.
import { beforeAll, describe, expect, test } from 'vitest';
import { COMMANDS } from '../../../../bin/signet/operator/commands/all-commands.ts';
import { SIGNET } from '../../../../bin/signet/operator/run-operator.ts';
import type { OperatorAccess } from '../../../../lib/aws/deployment/operator-access.ts';
import { OPERATOR_REFUSALS } from '../../../../lib/relay/operator/outcome.ts';
import { parseLine } from '../../../../lib/terminal/parse-line.ts';
import { optionNameOf } from '../../../../lib/terminal/program.ts';
import { COLUMNS, NOW_MS } from '../fake-terminal.ts';
import { temporaryFile } from '../temporary-file.ts';
import { openNobody, openWorld, run } from './run-in-process.ts';

const named = COMMANDS.map((row) => [row.name, row] as const);
const examples = COMMANDS.flatMap((row) => row.examples.map((example) => [example, row] as const));

const parse = (words: readonly string[]) => parseLine(SIGNET, words, { columns: COLUMNS, nowMs: NOW_MS });

const PEM = `-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----\n`;

/** The id in the examples is cut short. */
const JOB_ID = `job_${'a'.repeat(52)}`;

/** Splits a line as a shell does, without the program. */
function wordsOf(example: string): string[] {
  const words = example.match(/"[^"]*"|\S+/g) ?? [];
  return words.slice(1).map((word) => word.replaceAll('"', '').replace('job_abc', JOB_ID));
}

/** Makes the files that an example names. */
function withFiles(words: readonly string[]): string[] {
  const place = (name: string, before: string | undefined) => {
    if (before === '--secret-out') return temporaryFile('', { name: 'other' }).replace(/other$/, 'new');
    return temporaryFile(name.endsWith('.pem') ? PEM : 'an-old-secret-of-acme', { name });
  };
  return words.map((word, index) => (/\.(?:key|pem)$/.test(word) ? place(word, words[index - 1]) : word));
}

const withoutOption = (words: readonly string[], flag: string) =>
  words.filter((word, index) => word !== flag && words[index - 1] !== flag);

describe.each(named)('signet %s', (name, row) => {
  const takesArguments = row.arguments.length > 0;
  if (takesArguments)
    test('names the argument that is missing, with exit code 2', async () => {
      for (const [count, missing] of row.arguments.entries()) {
        const { code, err } = await run([...name.split(' '), ...row.arguments.slice(0, count)]);
        expect([code, err]).toEqual([2, expect.stringContaining(`needs <${missing}>`)]);
      }
    });

  const needed = Object.keys(row.options).filter((option) => row.options[option]?.isRequired);
  if (needed.length > 0)
    test('names the option that is missing, with exit code 2', async () => {
      for (const flag of needed.map((option) => `--${optionNameOf(option)}`)) {
        const { code, err } = await run(withoutOption(wordsOf(row.examples[0]), flag));
        expect([code, err]).toEqual([2, expect.stringContaining(`needs ${flag}`)]);
      }
    });

  test('refuses one word too many and an unknown option, with exit code 2', async () => {
    const words = [...name.split(' '), ...row.arguments.map(() => 'x')];
    expect(await run([...words, 'one-more'])).toMatchObject({ code: 2, err: expect.stringContaining('"one-more"') });
    expect(await run([...words, '--frobnicate'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('--frobnicate'),
    });
  });
});

describe('an example', () => {
  test.each(examples)('parses: %s', (example, row) => {
    const line = parse(wordsOf(example));
    expect(line.kind === 'run' && line.command.name).toBe(row.name);
  });

  test.each(examples)('that gets no answer ends with 3 and says so: %s', async (example) => {
    const words = withoutOption(withFiles(wordsOf(example)), '--stage');
    const { code, json, err } = await run([...words, ...yesFor(words), '--json'].filter(unique), {
      access: openNobody(),
    });
    expect([code, json]).toEqual([
      3,
      { error: { code: 'unanswered', message: expect.stringContaining('There is no connection') } },
    ]);
    expect(err).toContain('There is no connection');
  });

  let access: OperatorAccess;
  beforeAll(async () => {
    access = await openWorld();
  });

  test.each(examples.filter(([, row]) => row.arguments.length > 0 && row.arguments[0] !== 'ring'))(
    'that names an unknown thing is refused with 1 and a code: %s',
    async (example) => {
      const words = withoutOption(withFiles(wordsOf(example)), '--stage');
      const { code, json, err } = await run([...words, ...yesFor(words), '--json'].filter(unique), { access });
      expect(code).toBe(1);
      expect(json.error.code).toMatch(/_unknown$/);
      expect(Object.keys(OPERATOR_REFUSALS)).toContain(json.error.code);
      expect(err).toContain(`(${json.error.code})`);
    },
  );
});

const unique = (word: string, index: number, words: readonly string[]) =>
  word !== '--json' || words.indexOf(word) === index;

/** `--yes`, when the command asks. */
function yesFor(words: readonly string[]): string[] {
  const line = parse(words);
  return line.kind === 'run' && 'changes' in line.command && line.command.confirm && !words.includes('--yes')
    ? ['--yes']
    : [];
}

describe('the table', () => {
  test('has the documented commands', () => {
    expect(COMMANDS.map(({ name }) => name)).toEqual([
      ...['create', 'list', 'show', 'set', 'suspend', 'resume', 'delete'].map((word) => `account ${word}`),
      ...['add', 'remove'].map((word) => `account pool ${word}`),
      ...['create', 'list', 'show', 'rotate', 'revoke', 'import', 'set'].map((word) => `key ${word}`),
      ...['token', 'list', 'pause', 'resume', 'revoke'].map((word) => `agent ${word}`),
      ...['list', 'show', 'cancel', 'resend'].map((word) => `jobs ${word}`),
      ...['show', 'set'].map((word) => `quota ${word}`),
      ...['show', 'rotate'].map((word) => `ring ${word}`),
      ...['create', 'list', 'show', 'waive', 'delete'].map((word) => `endpoint ${word}`),
      'queues reconcile',
      'events rebuild',
      'status',
    ]);
  });

  test('asks before commands that destroy, and before no others', () => {
    const asking = COMMANDS.filter(({ confirm }) => confirm).map(({ name }) => name);
    expect(asking).toEqual([
      'account suspend',
      'account delete',
      'account pool remove',
      'key rotate',
      'key revoke',
      'agent revoke',
      'endpoint delete',
    ]);
  });
});

describe('reports a wrong line in one sentence, with exit code 2:', () => {
  test.each<[readonly string[], string]>([
    [[], '"signet" needs a command: sign, send, verify, explain, account, key, agent'],
    [['key'], '"signet key" needs a command: create, list, show'],
    [['account', 'pool'], '"signet account pool" needs a command: add, remove.'],
    [['acount', 'list'], 'unknown command "acount". Did you mean "account"?'],
    [['veryfy', 'x'], 'unknown command "veryfy". Did you mean "verify"?'],
    [['key', 'rotat', 'x'], 'unknown command "key rotat". Did you mean "key rotate"?'],
    [['account', 'pool', 'ad'], 'unknown command "account pool ad". Did you mean "account pool add"?'],
    [['help', 'key', 'rotat'], 'unknown command "key rotat". Did you mean "key rotate"?'],
    [['key', 'rotat', '--help'], 'unknown command "key rotat". Did you mean "key rotate"?'],
    [['account', 'list', '--jsn'], 'unknown option "--jsn". Did you mean "--json"?'],
    [['account', 'list', '--force'], 'unknown option "--force". Run "signet account list --help" to list the options.'],
    [['account', 'list', '--yes'], 'unknown option "--yes".'],
    [['key', 'list', 'a', '--secret-out', 'f'], 'unknown option "--secret-out".'],
    [['--stage', 'prod', 'sign'], '"signet sign" has no option --stage.'],
    [
      ['key', 'rotate', 'k', '--overlap', '5'],
      '--overlap takes a span such as 90s, 15m, 24h or 7d, not "5". Example: --overlap 24h',
    ],
    [['key', 'rotate', 'k', '--overlap', '1h', '--overlap', '2h'], '--overlap is given twice, and takes one value.'],
    [['key', 'create', 'a', '--profile', 'aws'], '--profile takes one of rfc9421, link-peeler'],
    [['key', 'create', 'a'], '"signet key create" needs --profile or --public-key.'],
    [['key', 'create', 'a', '--profile', 'nitro', '--public-key', 'f'], '--public-key needs --profile rfc9421'],
    [['key', 'rotate', 'k', '--secret-file', 'f'], '--secret-file needs --import'],
    [['key', 'set', 'k'], 'Name what to change: --[no-]allow-unbound-delete.'],
    [['quota', 'set', 'a'], 'Name what to change: --jobs-per-month N, --jobs-per-minute N.'],
    [['account', 'set', 'a'], 'Name what to change: --name TEXT, --job-deadline TIME, --result-freshness TIME.'],
    [['key', 'rotate', 'k', '--overlap', '-1'], '--overlap takes a span such as 90s, 15m, 24h or 7d, not "-1".'],
    [['key', 'rotate', 'k', '--overlap', '--force'], '--overlap needs a value: a span such as 90s'],
    [['account', 'list', '--stage'], '--stage needs a value: the name of a stage'],
    [['account', 'list', '--json=yes'], '--json takes no value.'],
    [['key', 'revoke', 'k', '--version', 'one', '--yes'], '--version takes a whole number, not "one"'],
    [['key', 'rotate', 'k', '--no-force'], 'unknown option "--no-force".'],
    [['events', 'rebuild', '--since', 'monday'], '--since takes how long ago (2h, 7d) or a time'],
    [['ring', 'show', 'sideways'], '<ring> takes inbound or outbound, not "sideways"'],
    [['account', 'list', '--stage', 'Prod'], '--stage takes the name of a stage'],
    [['account', 'create', '--name', ''], '--name takes a text'],
    [['account', 'show', ''], '"signet account show" needs <account>'],
    [['key', 'import', 'a', 'k', '--profile', 'nitro'], '--secret-file, in SIGNET_SECRET, or at the prompt'],
  ])('%j', async (words, message) => {
    const { code, out, err } = await run(words);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(message);
    expect(err.replace(/^signet: stage test.*\n/, '')).toMatch(/^signet: [^\n]+\n$/);
  });

  test('as JSON, with --json', async () => {
    const { code, json } = await run(['key', '--json']);
    expect([code, json]).toEqual([
      2,
      { error: { code: 'command_line', message: expect.stringContaining('needs a command') } },
    ]);
  });

  test.each(['--secret', '--secret=sk_0123456789', '--token=sk_0123456789'])(
    'a secret (%s), which it does not repeat',
    async (word) => {
      const { code, err } = await run(['key', 'import', 'a', 'k', word]);
      expect([code, err]).toEqual([2, expect.stringContaining('--secret-file')]);
      expect(err).not.toContain('sk_0123456789');
    },
  );
});

test.each<[readonly string[], string, object]>([
  [['--json', 'account', 'list'], 'account list', { json: true }],
  [['--stage', 'sign', 'account', 'list'], 'account list', { stage: 'sign' }],
  [['account', '--local=there', 'pool', 'add', 'a', 'b'], 'account pool add', { local: 'there' }],
  [['--local', 'key', 'show', 'verify'], 'key show', { local: '.signet' }],
  [['key', 'show', '--local', 'verify'], 'key show', { local: '.signet' }],
])('reads %j as the command "%s" with the options that stand before it', (words, name, shared) => {
  expect(parse(words)).toMatchObject({ kind: 'run', command: { name }, shared });
});

test('runs a partner’s command when options stand before it', async () => {
  const words = ['--json', 'explain', '-'];
  const { code, json } = await run(words, { stdin: 'Host: h\n\n' });
  expect([code, json.fitting]).toEqual([1, null]);
});
