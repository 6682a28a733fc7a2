// The README of the client package: its code runs unchanged against a relay and a consumer, and its tables are complete.
import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RelayClient } from '../../../lib/client/relay-client.ts';
import { RelayError } from '../../../lib/client/relay-error.ts';
import { SECRET, wayOf } from '../credentials.ts';
import { OTHER_SECRET, SECRET as WEBHOOK_SECRET } from '../deliveries/consumer.ts';
import { type FakeRelay, startFakeRelay } from '../fake-relay.ts';
import { codeUnder, ROOT, rowsUnder } from './readme-blocks.ts';

const ENVIRONMENT = { SIGNET_SECRET: SECRET, WEBHOOK_SECRET };

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'signet-client-readme-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

let programs = 0;

/** Runs the code with our sources in place of the package. `swaps` replaces more texts, such as addresses. */
function start(code: string, swaps: readonly (readonly [string, string])[], environment = ENVIRONMENT): ChildProcess {
  let text = code.replaceAll("'signet-relay/client'", `'file://${ROOT}/lib/client/index.ts'`);
  for (const [from, to] of swaps) {
    if (!text.includes(from)) throw new Error(`The code does not contain ${from}.`);
    text = text.replaceAll(from, to);
  }
  programs += 1;
  const file = join(folder, `program-${programs}.ts`);
  writeFileSync(file, text);
  return fork(file, { stdio: 'pipe', env: environment, execArgv: [] });
}

/** Returns what a program printed, after it has ended. @throws Error when the program printed an error */
async function outputOf(child: ChildProcess): Promise<string> {
  const texts = [child.stdout, child.stderr].map(async (stream) => (await stream?.toArray())?.join('') ?? '');
  const [printed = '', errors = ''] = await Promise.all(texts);
  if (errors !== '') throw new Error(errors);
  return printed.trim();
}

describe('against a relay', () => {
  const way = wayOf('rfc9421');
  const at = (relay: FakeRelay) => [['https://relay.example', relay.origin]] as const;

  test('submits a link and waits for its result', async () => {
    await using relay = await startFakeRelay(way.key);
    relay.state = 'completed';
    const [code = ''] = codeUnder('Submit a link and wait for its result');
    expect(await outputOf(start(code, at(relay)))).toBe('valid https://shop.example/');
    expect(relay.seen.map(({ method, verdict }) => [method, verdict])).toEqual([
      ['POST', 'accepted'],
      ['GET', 'accepted'],
    ]);
  });

  test('signs a request for another HTTP client', async () => {
    await using relay = await startFakeRelay(way.key);
    const [code = ''] = codeUnder('Sign with your own HTTP client');
    const [status, ...base] = (await outputOf(start(code, at(relay)))).split(' ');
    expect(status).toBe('202');
    expect(base.join(' ')).toContain('"@method": POST\n');
    expect(relay.seen).toMatchObject([{ verdict: 'accepted' }]);
  });
});

describe('a consumer', () => {
  const [handler = '', tester = ''] = codeUnder('Verify a webhook');
  const anyPort = [['.listen(3000)', '.listen(0, function () { process.send?.(this.address().port); })']] as const;

  test('accepts the test delivery, reads its event, and refuses a delivery with another secret', async () => {
    const consumer = start(handler, anyPort);
    const printed = outputOf(consumer);
    const port = await new Promise((resolve) => consumer.once('message', resolve));
    const send = (secret: string) =>
      outputOf(start(tester, [['127.0.0.1:3000', `127.0.0.1:${port}`]], { ...ENVIRONMENT, WEBHOOK_SECRET: secret }));
    expect(await Promise.all([send(WEBHOOK_SECRET), send(OTHER_SECRET)])).toEqual(['204', '401']);
    consumer.kill();
    expect(await printed).toBe('https://shop.example/autumn');
  });
});

describe('the tables', () => {
  test('list every method of the client, and no other', () => {
    const named = rowsUnder('Submit a link and wait for its result').map((cell) => cell.replace(/\(.*/, ''));
    const methods = Object.getOwnPropertyNames(RelayClient.prototype).filter((name) => name !== 'constructor');
    // The row of `list` describes `listPage` too.
    expect([...named, 'listPage'].toSorted()).toEqual(methods.toSorted());
  });

  test('list the properties of an error, and no other', () => {
    const failure = new RelayError({ code: 'not_found', detail: '', retryable: false, status: 404 });
    const named = rowsUnder('When a call fails');
    expect(named).toEqual(['message', 'code', 'status', 'retryable', 'problem']);
    for (const name of [...named, 'retryAfterMs']) expect(failure).toHaveProperty(name);
  });
});
