// The agent as a process: what people and scripts meet at the command line.
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { helpText, parseCommandLine } from '../../agent/command-line.ts';
import { createEventWriter } from '../../agent/events/agent-events.ts';
import { startAgent, temporaryDirectory } from '../support/agent/agent-process.ts';
import { formatToken, send, sendProblem, startFakeRelay } from '../support/agent/fake-relay.ts';
import { serveHttp } from '../support/local-server.ts';

const ALLOWED = { SIGNET_ALLOW_CIDRS: '127.0.0.0/8' };

async function outcome(args: readonly string[], environment = {}) {
  const agent = startAgent(args, environment);
  return { code: await agent.exited, stdout: agent.stdout(), stderr: agent.stderr() };
}

describe('the words', () => {
  test.each([
    [['run', '--state', '/s'], { command: 'run', words: [], options: { state: '/s' } }],
    [['enroll', 'set_x', '--name=n'], { command: 'enroll', words: ['set_x'], options: { name: 'n' } }],
    [['once', 'http://a'], { command: 'once', words: ['http://a'], options: {} }],
    [['--help'], { command: 'help' }],
    [['run', '--help'], { command: 'help' }],
    [['help'], { command: 'help' }],
  ])('%j are understood', (argv, value) => {
    expect(parseCommandLine(argv)).toMatchObject({ ok: true, value });
  });

  test.each([
    [[], 'Say what to do: enroll, run, once, status.'],
    [['dance'], 'There is no command "dance".'],
    [['__proto__'], 'There is no command "__proto__".'],
    [['enroll'], 'The token is missing. Usage: signet-agent enroll <token>'],
    [['once'], 'The url is missing.'],
    [['run', 'fast'], '"fast" is one word too many.'],
    [['run', '--name', 'x'], '--name does not go with this command.'],
    [['run', '--unknown'], '--unknown'],
    [['run', '--state'], '--state'],
  ])('%j are refused in the user’s terms', (argv, reason) => {
    expect(parseCommandLine(argv)).toMatchObject({ ok: false, reason: expect.stringContaining(reason) });
  });

  test('the help names every command, option, variable and exit code', () => {
    for (const word of [
      'enroll <token>',
      'run',
      'once <url>',
      'status',
      '--state',
      '--name',
      '--expect',
      'SIGNET_ALLOW_CIDRS',
      '  7  ',
    ]) {
      expect(helpText()).toContain(word);
    }
  });
});

describe('as a process', () => {
  test('--help goes to stdout with 0, a wrong word to stderr with 2', async () => {
    expect(await outcome(['--help'])).toMatchObject({ code: 0, stdout: helpText(), stderr: '' });
    expect(await outcome(['dance'])).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining('signet-agent: There is no'),
    });
  });

  test.each([['run'], ['status']])('%s without enrolment says what to do, with 3', async (command) => {
    using state = temporaryDirectory();
    expect(await outcome([command, '--state', join(state.path, 'none')])).toMatchObject({
      code: 3,
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
  test('prints the finding with its hops, and says when ranges are opened', async () => {
    await using site = await serveHttp((_request, response) => response.end());
    const { code, stdout, stderr } = await outcome(['once', `${site.origin}/`], ALLOWED);
    expect(JSON.parse(stdout)).toMatchObject({
      conclusion: 'valid',
      finalUrl: `${site.origin}/`,
      hops: [{ status: 200 }],
    });
    expect([code, stderr]).toEqual([0, 'SIGNET_ALLOW_CIDRS opens 127.0.0.0/8.\n']);
  });

  test('exits with 7 when the conclusion is another', async () => {
    await using site = await serveHttp((_request, response) => response.end());
    const changed = await outcome(['once', site.origin, '--expect', 'example.com'], ALLOWED);
    expect([changed.code, JSON.parse(changed.stdout).conclusion]).toEqual([7, 'changed']);
    const unsafe = await outcome(['once', site.origin]);
    expect([unsafe.code, JSON.parse(unsafe.stdout).reason]).toEqual([7, 'address_not_global']);
  });
});

describe('enroll', () => {
  test('with the same token twice is harmless: same key, same answer', async () => {
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

  test('brings the same key after an answer that was lost', async () => {
    await using relay = await startFakeRelay();
    using state = temporaryDirectory();
    relay.interventions.push((_seen, response) => Boolean(response.destroy()));
    const { code } = await outcome(['enroll', relay.token(), '--state', state.path]);
    expect(code).toBe(0);
    expect(relay.seen).toHaveLength(2);
    expect(relay.seen[0]?.keyId).toBe(relay.seen[1]?.keyId);
  });

  test('refused by the relay says so, with 6, and does not repeat', async () => {
    await using relay = await startFakeRelay();
    using state = temporaryDirectory();
    relay.interventions.push((_seen, response) => {
      sendProblem(response, 'enrollment_refused', Date.now());
      return true;
    });
    const { code, stderr } = await outcome(['enroll', relay.token(), '--state', state.path]);
    expect([code, stderr]).toEqual([
      6,
      'signet-agent: The relay refused to enrol this agent: enrollment_refused. The enrolment is refused\n',
    ]);
    expect(relay.seen).toHaveLength(1);
  });

  test('answered by something that is no relay is refused, with 6', async () => {
    using state = temporaryDirectory();
    await using other = await serveHttp((_request, response) => send(response, 200, { hello: 'world' }));
    expect(await outcome(['enroll', formatToken(other.origin), '--state', state.path])).toMatchObject({ code: 6 });
    expect(await outcome(['run', '--state', state.path])).toMatchObject({ code: 3 });
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

  test('for another relay does not overwrite this one', async () => {
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
  ])('with %j %j is wrong usage and makes no key', async (token, more) => {
    using state = temporaryDirectory();
    const directory = join(state.path, 'none');
    expect(await outcome(['enroll', token, '--state', directory, ...more])).toMatchObject({ code: 2 });
    expect(statSync(directory, { throwIfNoEntry: false })).toBeUndefined();
  });
});

test('status tells who this is and what waits', async () => {
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
  test('on a terminal are text that other people’s text cannot steer', () => {
    const lines: string[] = [];
    const tell = createEventWriter({ isTerminal: true, write: (line) => lines.push(line), nowMs: () => 0 });
    tell({ event: 'job.leased', jobId: 'job_a', trackingUrl: 'http://x/\u001b[2J\n\u0007', leaseUntil: '' });
    expect(lines).toEqual(['00:00:00  job_a: resolving http://x/�[2J��\n']);
  });

  test('elsewhere are one JSON object a line', () => {
    const lines: string[] = [];
    const tell = createEventWriter({ isTerminal: false, write: (line) => lines.push(line), nowMs: () => 0 });
    tell({ event: 'result.accepted', jobId: 'job_a' });
    expect(lines).toEqual(['{"event":"result.accepted","time":"1970-01-01T00:00:00.000Z","jobId":"job_a"}\n']);
  });
});
