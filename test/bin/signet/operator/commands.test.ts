// Every row of the table of commands: its help, its examples, and what is said of a line that is wrong.
import { beforeAll, describe, expect, test } from 'vitest';
import type { Command } from '../../../../bin/signet/operator/command.ts';
import { COMMANDS, GROUPS } from '../../../../bin/signet/operator/commands/all-commands.ts';
import { optionNameOf, optionsOf } from '../../../../bin/signet/operator/commands/options-of.ts';
import { EXITS } from '../../../../bin/signet/operator/exits.ts';
import { parseLine } from '../../../../bin/signet/operator/parse-line.ts';
import { isPartnerLine } from '../../../../bin/signet/terminal/is-partner-line.ts';
import type { OperatorAccess } from '../../../../lib/aws/deployment/operator-access.ts';
import { OPERATOR_REFUSALS } from '../../../../lib/relay/operator/outcome.ts';
import { NOW_MS } from '../fake-terminal.ts';
import { temporaryFile } from '../temporary-file.ts';
import { openNobody, openWorld, run } from './run-in-process.ts';

const named = COMMANDS.map((row) => [row.name, row] as const);
const examples = COMMANDS.flatMap((row) => row.examples.map((example) => [example, row] as const));

const PEM = `-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----\n`;

/** The examples' own is cut short. */
const JOB_ID = `job_${'a'.repeat(52)}`;

/** As a shell splits it, without the program. */
function wordsOf(example: string): string[] {
  const words = example.match(/"[^"]*"|\S+/g) ?? [];
  return words.slice(1).map((word) => word.replaceAll('"', '').replace('job_abc', JOB_ID));
}

/** The files that an example names, made for this test. */
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
  test('has help that fits eighty columns, with every option, an example and the exit codes', async () => {
    const { code, out, err } = await run([...name.split(' '), '--help']);
    expect([code, err]).toEqual([0, '']);
    expect(out.split('\n').filter((line) => line.length > 80)).toEqual([]);
    for (const option of Object.keys(optionsOf(row)))
      expect(out).toMatch(new RegExp(`--(?:\\[no-\\])?${optionNameOf(option)}\\b`));
    for (const word of row.arguments) expect(out).toContain(`<${word}>`);
    for (const example of row.examples) expect(out.replaceAll(/ \\\n +/g, ' ')).toContain(example);
    for (const { code } of Object.values(EXITS)) expect(out).toMatch(new RegExp(`\\b${code} `));
  });

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

  test('refuses a word too many and an option of nobody, with exit code 2', async () => {
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
    const line = parseLine(wordsOf(example), NOW_MS);
    expect(line.kind === 'run' && line.command.name).toBe(row.name);
  });

  test.each(examples)('that nobody answers ends with 3 and says so: %s', async (example) => {
    const words = withoutOption(withFiles(wordsOf(example)), '--stage');
    const { code, json, err } = await run([...words, ...yesFor(words), '--json'].filter(unique), {
      access: openNobody(),
    });
    expect([code, json]).toEqual([
      3,
      { error: { code: 'unanswered', message: expect.stringContaining('Nobody answers') } },
    ]);
    expect(err).toContain('Nobody answers');
  });

  let access: OperatorAccess;
  beforeAll(async () => {
    access = await openWorld();
  });

  test.each(examples.filter(([, row]) => row.arguments.length > 0 && row.arguments[0] !== 'ring'))(
    'that names what is not there is refused with 1 and a code: %s',
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

/** Where the row asks. */
function yesFor(words: readonly string[]): string[] {
  const line = parseLine(words, NOW_MS);
  return line.kind === 'run' && line.command.confirm && !words.includes('--yes') ? ['--yes'] : [];
}

describe('the table', () => {
  test('is the one that was promised', () => {
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

  test('asks before what destroys, and before nothing else', () => {
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

  test('has each option as a switch everywhere or nowhere: the line is split before the command is known', () => {
    const switches = new Map<string, boolean>();
    for (const row of COMMANDS)
      for (const [name, { kind }] of Object.entries(optionsOf(row))) {
        expect([name, switches.get(name) ?? !kind]).toEqual([name, !kind]);
        switches.set(name, !kind);
      }
  });
});

describe('help', () => {
  test.each(GROUPS.map((group) => [group]))('on %s fits eighty columns and names its commands', async (group) => {
    const { code, out } = await run([...group.split(' '), '--help']);
    expect(code).toBe(0);
    expect(out.split('\n').filter((line) => line.length > 80)).toEqual([]);
    for (const { name } of COMMANDS.filter((row: Command) => row.name.startsWith(`${group} `)))
      expect(out).toContain(`signet ${name}`);
  });

  test.each([['--help'], ['-h'], ['help']])(
    '%s is on everything: partners’ commands, groups, how to choose a target',
    async (word) => {
      const { code, out } = await run([word]);
      expect(code).toBe(0);
      expect(out.split('\n').filter((line) => line.length > 80)).toEqual([]);
      for (const text of ['signet sign', 'signet account', 'signet status', '--stage', '--local', '--json'])
        expect(out).toContain(text);
    },
  );

  test('on what there is not says what was meant', async () => {
    const { code, err } = await run(['help', 'key', 'rotat']);
    expect([code, err]).toEqual([2, expect.stringContaining('Did you mean key rotate?')]);
  });
});

describe('what is wrong is said in one line, with exit code 2', () => {
  test.each<[readonly string[], string]>([
    [[], 'Say what to do: signet account | key | agent'],
    [[], '| status | sign | send | verify | explain.'],
    [['key'], 'Say what to do: signet key create | list'],
    [['account', 'pool'], 'Say what to do: signet account pool add | remove'],
    [['acount', 'list'], 'signet knows no "acount". Did you mean account?'],
    [['veryfy', 'x'], 'Did you mean verify?'],
    [['key', 'rotat', 'x'], 'signet key knows no "rotat". Did you mean rotate?'],
    [['account', 'list', '--jsn'], 'There is no option --jsn. Did you mean --json?'],
    [['account', 'list', '--force'], 'signet account list has no --force.'],
    [['account', 'list', '--yes'], 'signet account list has no --yes.'],
    [['key', 'list', 'a', '--secret-out', 'f'], 'signet key list has no --secret-out.'],
    [['key', 'rotate', 'k', '--overlap', '5'], '--overlap takes a span such as 90s, 15m, 24h or 7d, not "5".'],
    [['key', 'rotate', 'k', '--overlap', '1h', '--overlap', '2h'], '--overlap is there twice.'],
    [['key', 'create', 'a', '--profile', 'aws'], '--profile takes one of rfc9421, link-peeler'],
    [['key', 'create', 'a'], 'needs --profile or --public-key'],
    [['key', 'create', 'a', '--profile', 'nitro', '--public-key', 'f'], '--public-key is for --profile rfc9421'],
    [['key', 'rotate', 'k', '--secret-file', 'f'], '--secret-file goes with --import'],
    [['key', 'set', 'k'], 'Say what to change: --[no-]allow-unbound-delete.'],
    [['quota', 'set', 'a'], 'Say what to change: --jobs-per-month, --jobs-per-minute.'],
    [['account', 'set', 'a'], 'Say what to change: --name, --job-deadline, --result-freshness.'],
    [['key', 'rotate', 'k', '--overlap', '-1'], '--overlap needs a value, which begins with no dash.'],
    [['key', 'rotate', 'k', '--overlap', '--force'], '--overlap needs a value'],
    [['--version'], '--version needs a value'],
    [['account', 'list', '--json=yes'], "Option '--json' does not take an argument."],
    [['key', 'revoke', 'k', '--version', 'one', '--yes'], '--version takes a whole number, not "one"'],
    [['key', 'rotate', 'k', '--no-force'], 'There is no option --no-force.'],
    [['events', 'rebuild', '--since', 'monday'], '--since takes how long ago (2h, 7d) or a time'],
    [['ring', 'show', 'sideways'], '<ring> is inbound or outbound, not "sideways"'],
    [['account', 'list', '--stage', 'Prod'], '--stage takes the name of a stage'],
    [['account', 'create', '--name', ''], '--name takes a text'],
    [['account', 'show', ''], 'needs <account>'],
    [['key', 'import', 'a', 'k', '--profile', 'nitro'], '--secret-file, in SIGNET_SECRET, or at the prompt'],
  ])('%j', async (words, message) => {
    const { code, out, err } = await run(words);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(message);
    expect(err.replace(/^signet: stage test.*\n/, '')).toMatch(/^signet: [^\n]+\n$/);
  });

  test('and as JSON, where JSON was asked for', async () => {
    const { code, json } = await run(['key', '--json']);
    expect([code, json]).toEqual([
      2,
      { error: { code: 'command_line', message: expect.stringContaining('Say what') } },
    ]);
  });

  test.each(['--secret', '--secret=sk_0123456789', '--token=sk_0123456789'])(
    'a secret (%s) is not repeated',
    async (word) => {
      const { code, err } = await run(['key', 'import', 'a', 'k', word]);
      expect([code, err]).toEqual([2, expect.stringContaining('--secret-file')]);
      expect(err).not.toContain('sk_0123456789');
    },
  );
});

test.each<[readonly string[], boolean]>([
  [['sign', '--key-id', 'account'], true],
  [['--json', 'explain', 'account'], true],
  [['account', 'list'], false],
  [['--stage', 'sign', 'account', 'list'], false],
  [['--local=send', 'status'], false],
  [['--help'], false],
  [['help', 'sign'], false],
  [['key', 'show', 'verify'], false],
  [[], false],
])('whose command %j is', (words, isPartners) => expect(isPartnerLine(words)).toBe(isPartners));
