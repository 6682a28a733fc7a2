// DynamoDB on one machine: Dynoxide as a tethered process, or the endpoint that the environment names.
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
/** How Dynoxide reports a damaged file. The rest of its message is about encryption, which we do not use. */
const DAMAGE = /not a valid SQLite database|malformed/;

/** A running emulator. */
export interface Emulator {
  readonly endpoint: string;
  /** False for a service that the environment named. */
  readonly isOurs: boolean;
  stop(): Promise<void>;
}

/**
 * Starts DynamoDB with its file in `dataDir`, or uses the endpoint in AWS_ENDPOINT_URL_DYNAMODB or AWS_ENDPOINT_URL.
 * @throws Error that names the variable when nothing answers there, or when there is no binary for this platform.
 * @throws Error that names the file when it is damaged.
 */
export async function startDynamoDb(dataDir: string): Promise<Emulator> {
  const named = await findNamedEndpoint('DynamoDB', 'DynamoDB_20120810.ListTables');
  if (named) return { endpoint: named, isOurs: false, stop: async () => {} };
  if (!existsSync(BINARY)) throw new Error(noBinaryMessage());
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  return startDynoxide(join(dataDir, 'dynamodb.sqlite'), START_ATTEMPTS);
}

/**
 * Starts Dynoxide on a free port, because it cannot report a port of its own choice. When another process takes the
 * port first, it tries another one.
 */
async function startDynoxide(file: string, attempts: number): Promise<Emulator> {
  const port = await freePort();
  const errorLines: string[] = [];
  const child = await spawnTethered(BINARY, ['serve', '--port', String(port), '--db-path', file], {
    env: {},
    onLine: (line, stream) => stream === 'stderr' && errorLines.push(line),
  });
  const endpoint = `http://127.0.0.1:${port}`;
  const isReady = await Promise.race([waitUntilReady(endpoint), child.exited.then(() => false)]);
  if (isReady) return { endpoint, isOurs: true, stop: () => stopChild(child) };
  await child.stop();
  if (errorLines.some((line) => DAMAGE.test(line))) throw damagedFile(file, 'is not an intact SQLite database');
  if (attempts > 1) return startDynoxide(file, attempts - 1);
  throw new Error(`Dynoxide did not start: ${errorLines.join(' ') || 'it printed no error.'}`);
}

async function stopChild(child: TetheredProcess): Promise<void> {
  await child.stop();
}

async function waitUntilReady(endpoint: string): Promise<boolean> {
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
