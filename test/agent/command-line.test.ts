// The agent as a process: what people and scripts see of its command line.
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { SIGNET_AGENT } from '../../agent/command-line.ts';
import { enroll } from '../../agent/enroll.ts';
import { createEventWriter } from '../../agent/events/agent-events.ts';
import { parseLine } from '../../lib/terminal/parse-line.ts';
import { startAgent, temporaryDirectory } from '../support/agent/agent-process.ts';
import { formatToken, send, sendProblem, startFakeRelay } from '../support/agent/fake-relay.ts';
import { serveHttp } from '../support/local-server.ts';

const ALLOWED = { SIGNET_ALLOW_CIDRS: '127.0.0.0/8' };

async function outcome(args: readonly string[], environment = {}) {
  const agent = startAgent(args, environment);
  return { code: await agent.exited, stdout: agent.stdout(), stderr: agent.stderr() };
}

const parse = (words: readonly string[]) => parseLine(SIGNET_AGENT, words, { columns: 80, nowMs: 0 });

describe('a line', () => {
  test.each([
    [['run', '--state', '/s'], { command: { name: 'run' }, words: {}, options: { state: '/s' } }],
    [
      ['enroll', 'set_x', '--name=n'],
      { command: { name: 'enroll' }, words: { token: 'set_x' }, options: { name: 'n' } },
    ],
    [['once', 'http://a'], { command: { name: 'once' }, words: { url: 'http://a' }, options: {} }],
    [['--help'], { kind: 'help' }],
    [['run', '--help'], { kind: 'help' }],
    [['help'], { kind: 'help' }],
  ])('of %j is understood', (argv, value) => {
    expect(parse(argv)).toMatchObject(value);
  });

  test.each([
    [[], '"signet-agent" needs a command: enroll, run, once, status.'],
    [['dance'], 'unknown command "dance".'],
    [['enrol'], 'unknown command "enrol". Did you mean "enroll"?'],
    [['__proto__'], 'unknown command "__proto__".'],
    [['enroll'], '"signet-agent enroll" needs <token>. Usage: signet-agent enroll <token> [options]'],
    [['once'], '"signet-agent once" needs <url>.'],
    [['run', 'fast'], '"fast" is one word too many.'],
    [['run', '--name', 'x'], 'unknown option "--name".'],
    [['run', '--unknown'], 'unknown option "--unknown".'],
    [['run', '--stat', 'x'], 'unknown option "--stat". Did you mean "--state"?'],
    [['run', '--state'], '--state needs a value: the name of a directory. Example: --state ./agent'],
  ])('of %j is refused in the user’s words', (argv, message) => {
    expect(() => parse(argv)).toThrow(
      expect.objectContaining({ exit: 'usage', message: expect.stringContaining(message) }),
    );
  });

  test('that asks for help prints every command, option and variable', () => {
    const help = ['--help', 'enroll', 'run', 'once', 'status'].map((word) => {
      const line = parse(word === '--help' ? [word] : [word, '--help']);
      return line.kind === 'help' ? line.text : '';
    });
    const words = [
      'enroll <token>',
      'once <url>',
      '--state DIR',
      '--name NAME',
      '--expect DOMAIN',
      'SIGNET_AGENT_STATE',
    ];
    for (const word of [...words, 'SIGNET_ALLOW_CIDRS']) expect(help.join('')).toContain(word);
  });
});

describe('as a process', () => {
  test('--help goes to stdout with 0, and a wrong word to stderr with 2', async () => {
    const help = parse(['--help']);
    expect(await outcome(['--help'])).toEqual({ code: 0, stdout: help.kind === 'help' && help.text, stderr: '' });
    expect(await outcome(['dance'])).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(/^signet-agent: unknown command "dance"\. .*\n$/),
    });
  });

  test.each([['run'], ['status']])('%s without enrolment says what to do, with 5', async (command) => {
    using state = temporaryDirectory();
    expect(await outcome([command, '--state', join(state.path, 'none')])).toMatchObject({
      code: 5,
      stderr: expect.not.stringContaining('    at '),
    });
  });

  test('a wrong SIGNET_ALLOW_CIDRS is named, with 2', async () => {
    const { code, stderr } = await outcome(['once', 'http://a.example/'], { SIGNET_ALLOW_CIDRS: '127.0.0.0/8, ten/8' });
    expect([code, stderr]).toEqual([
      2,
      'signet-agent: SIGNET_ALLOW_CIDRS: "ten/8" is not an address range; one looks like 127.0.0.0/8 or fd00::/8.\n',
    ]);
  });
});

describe('once', () => {
  test('prints the result with its hops, and names the ranges that it opens', async () => {
    await using site = await serveHttp((_request, response) => response.end());
    const { code, stdout, stderr } = await outcome(['once', `${site.origin}/`], ALLOWED);
    expect(JSON.parse(stdout)).toMatchObject({
      conclusion: 'valid',
      finalUrl: `${site.origin}/`,
      hops: [{ status: 200 }],
    });
    expect([code, stderr]).toEqual([0, 'SIGNET_ALLOW_CIDRS opens 127.0.0.0/8.\n']);
  });

  test('exits with 7 when the conclusion is not valid', async () => {
    await using site = await serveHttp((_request, response) => response.end());
    const changed = await outcome(['once', site.origin, '--expect', 'example.com'], ALLOWED);
    expect([changed.code, JSON.parse(changed.stdout).conclusion]).toEqual([7, 'changed']);
    const unsafe = await outcome(['once', site.origin]);
    expect([unsafe.code, JSON.parse(unsafe.stdout).reason]).toEqual([7, 'address_not_global']);
  });
});

test('enroll ends as unanswered when the relay does not answer', async () => {
  using state = temporaryDirectory();
  const relay = await startFakeRelay();
  const token = relay.token();
  await relay[Symbol.asyncDispose]();
  const nonce = () => 'nonce-0123456789-abcdef';
  const terminal = { nowMs: Date.now, random: Math.random, nonce, pause: async () => {}, err: () => {} };
  await expect(enroll({ directory: state.path, token, name: 'desk' }, terminal as never)).rejects.toMatchObject({
    exit: 'unanswered',
    message: expect.stringContaining('did not enrol this agent yet'),
  });
});

describe('enroll', () => {
  test('gets the same answer for the same token and key', async () => {
    await using relay = await startFakeRelay();
    using state = temporaryDirectory();
    const token = relay.token();
    const first = await outcome(['enroll', token, '--state', state.path, '--name', 'desk']);
    const second = await outcome(['enroll', token, '--state', state.path, '--name', 'desk']);
    expect([first.code, second.code]).toEqual([0, 0]);
    expect(JSON.parse(first.stdout)).toMatchObject({
      event: 'agent.enrolled',
      agentId: 'agent_1',
      relayUrl: relay.origin,
    });
    const [one, two] = relay.seen;
    expect(one?.body).toEqual(two?.body);
    expect(one?.body).toMatchObject({
      token: expect.stringMatching(/^[\w-]{43}$/),
      publicKey: expect.stringMatching(/^[\w-]{43}$/),
      name: 'desk',
    });
    expect(one?.keyId).toMatch(/^[\w-]{43}$/);
    expect(statSync(join(state.path, 'identity.json')).mode & 0o777).toBe(0o600);
  });

  test('sends the same key again after a lost answer', async () => {
    await using relay = await startFakeRelay();
    using state = temporaryDirectory();
    relay.interventions.push((_seen, response) => Boolean(response.destroy()));
    const { code } = await outcome(['enroll', relay.token(), '--state', state.path]);
    expect(code).toBe(0);
    expect(relay.seen).toHaveLength(2);
    expect(relay.seen[0]?.keyId).toBe(relay.seen[1]?.keyId);
  });

  test('exits with 1 when the relay refuses, and does not repeat', async () => {
    await using relay = await startFakeRelay();
    using state = temporaryDirectory();
    relay.interventions.push((_seen, response) => {
      sendProblem(response, 'enrollment_refused', Date.now());
      return true;
    });
    const { code, stderr } = await outcome(['enroll', relay.token(), '--state', state.path]);
    expect([code, stderr]).toEqual([
      1,
      'signet-agent: The relay refused to enrol this agent: enrollment_refused. The enrolment is refused\n',
    ]);
    expect(relay.seen).toHaveLength(1);
  });

  test('exits with 1 when the answer is not of a relay', async () => {
    using state = temporaryDirectory();
    await using other = await serveHttp((_request, response) => send(response, 200, { hello: 'world' }));
    expect(await outcome(['enroll', formatToken(other.origin), '--state', state.path])).toMatchObject({ code: 1 });
    expect(await outcome(['run', '--state', state.path])).toMatchObject({ code: 5 });
  });

  test('follows a relay on this machine to another port, with the same key', async () => {
    await using relay = await startFakeRelay();
    await using moved = await startFakeRelay();
    using state = temporaryDirectory();
    await outcome(['enroll', relay.token(), '--state', state.path]);
    const second = await outcome(['enroll', moved.token(), '--state', state.path]);
    expect(JSON.parse(second.stdout)).toMatchObject({ relayUrl: moved.origin });
    expect(moved.seen[0]?.keyId).toBe(relay.seen[0]?.keyId);
  });

  test('does not overwrite the enrolment of another relay, and exits with 4', async () => {
    await using relay = await startFakeRelay();
    using state = temporaryDirectory();
    await outcome(['enroll', relay.token(), '--state', state.path]);
    const second = await outcome(['enroll', formatToken('https://other.example'), '--state', state.path]);
    expect(second).toMatchObject({ code: 4, stderr: expect.stringContaining('Use another --state directory') });
  });

  test.each([
    ['nonsense', []],
    ['set_e30', []],
    [formatToken('http://public.example'), []],
    [formatToken('https://r.example'), ['--name', '']],
    [formatToken('https://r.example'), ['--name', 'x'.repeat(65)]],
    [formatToken('https://r.example'), ['--name', 'a\nb']],
  ])('exits with 2 for %j %j, and makes no key', async (token, more) => {
    using state = temporaryDirectory();
    const directory = join(state.path, 'none');
    expect(await outcome(['enroll', token, '--state', directory, ...more])).toMatchObject({ code: 2 });
    expect(statSync(directory, { throwIfNoEntry: false })).toBeUndefined();
  });
});

test('status prints the identity and what is pending', async () => {
  await using relay = await startFakeRelay();
  using state = temporaryDirectory();
  await outcome(['enroll', relay.token(), '--state', state.path]);
  const { code, stdout } = await outcome(['status', '--state', state.path]);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    enrolled: true,
    agentId: 'agent_1',
    running: false,
    jobsInHand: 0,
    resultsWaiting: 0,
  });
  expect(stdout).not.toMatch(/private/i);
});

describe('events', () => {
  test('are text on a terminal, in which untrusted text cannot control the terminal', () => {
    const lines: string[] = [];
    const emit = createEventWriter({ isTerminal: true, write: (line) => lines.push(line), nowMs: () => 0 });
    emit({ event: 'job.leased', jobId: 'job_a', trackingUrl: 'http://x/\u001b[2J\n\u0007', leaseUntil: '' });
    expect(lines).toEqual(['00:00:00  job_a: resolving http://x/\\u001b[2J \\u0007\n']);
  });

  test('are one JSON object a line elsewhere', () => {
    const lines: string[] = [];
    const emit = createEventWriter({ isTerminal: false, write: (line) => lines.push(line), nowMs: () => 0 });
    emit({ event: 'result.accepted', jobId: 'job_a' });
    expect(lines).toEqual(['{"event":"result.accepted","time":"1970-01-01T00:00:00.000Z","jobId":"job_a"}\n']);
  });
});
