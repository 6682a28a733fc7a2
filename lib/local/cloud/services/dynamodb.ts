// DynamoDB on one machine: Dynoxide on a tether, or whatever endpoint our own environment names.
import { existsSync, mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { callAws } from '../base/aws-json.ts';
import { damagedFile } from '../base/damaged-file.ts';
import { findNamedEndpoint } from '../base/named-endpoint.ts';
import { spawnTethered, type TetheredProcess } from '../base/tethered-process.ts';

const BINARY = fileURLToPath(new URL('../../../../node_modules/@dynoxide/linux-x64/dynoxide', import.meta.url));
const START_ATTEMPTS = 3;
const READY_WITHIN_MS = 10_000;
/** How Dynoxide says that its file is damaged. It goes on about encryption, which we do not use. */
const DAMAGE = /not a valid SQLite database|malformed/;

export interface Emulator {
  readonly endpoint: string;
  /** Whether it is ours, or a service that the environment named. */
  readonly isOurs: boolean;
  stop(): Promise<void>;
}

/**
 * Starts DynamoDB with its file in `dataDir`, or takes the endpoint in AWS_ENDPOINT_URL_DYNAMODB (or AWS_ENDPOINT_URL).
 * @throws Error naming that variable where nobody answers there, or where there is no binary for this platform; Error
 * naming the file when it is damaged.
 */
export async function startDynamoDb(dataDir: string): Promise<Emulator> {
  const named = await findNamedEndpoint('DynamoDB', 'DynamoDB_20120810.ListTables');
  if (named) return { endpoint: named, isOurs: false, stop: async () => {} };
  if (!existsSync(BINARY)) throw new Error(noBinaryMessage());
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  return startDynoxide(join(dataDir, 'dynamodb.sqlite'), START_ATTEMPTS);
}

/** It cannot tell which port it took, so it is given a free one; if another process is quicker, another one. */
async function startDynoxide(file: string, attempts: number): Promise<Emulator> {
  const port = await freePort();
  const complaints: string[] = [];
  const child = await spawnTethered(BINARY, ['serve', '--port', String(port), '--db-path', file], {
    env: {},
    onLine: (line, stream) => stream === 'stderr' && complaints.push(line),
  });
  const endpoint = `http://127.0.0.1:${port}`;
  const isReady = await Promise.race([waitTillReady(endpoint), child.exited.then(() => false)]);
  if (isReady) return { endpoint, isOurs: true, stop: () => stopChild(child) };
  await child.stop();
  if (complaints.some((line) => DAMAGE.test(line))) throw damagedFile(file, 'is no whole SQLite database');
  if (attempts > 1) return startDynoxide(file, attempts - 1);
  throw new Error(`Dynoxide did not start: ${complaints.join(' ') || 'it said nothing.'}`);
}

async function stopChild(child: TetheredProcess): Promise<void> {
  await child.stop();
}

async function waitTillReady(endpoint: string): Promise<boolean> {
  const deadline = performance.now() + READY_WITHIN_MS;
  while (performance.now() < deadline) {
    const answers = await callAws({ endpoint, target: 'DynamoDB_20120810.ListTables', body: {} }).catch(
      () => undefined,
    );
    if (answers) return true;
    await delay(5);
  }
  return false;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

function noBinaryMessage(): string {
  return (
    `There is no DynamoDB emulator for ${process.platform}-${process.arch} here. Start one of your own ` +
    '(DynamoDB Local, LocalStack) and set AWS_ENDPOINT_URL_DYNAMODB to its address.'
  );
}
