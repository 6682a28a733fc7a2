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
import { describeMissingDynamoDb } from './missing-dynamodb.ts';
import { keepTableSuffix } from './table-suffix.ts';

/** The binary in the checkout, by platform and architecture. npm has no other. */
const BINARIES: Readonly<Record<string, string>> = { 'linux-x64': 'node_modules/@dynoxide/linux-x64/dynoxide' };
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

/** A running DynamoDB. */
export interface DynamoDb extends Emulator {
  /** The end of the tables' names: empty in our own emulator, which serves one data directory only. */
  readonly tableSuffix: string;
}

/**
 * Starts DynamoDB with its file in `dataDir`, or uses the endpoint in AWS_ENDPOINT_URL_DYNAMODB or AWS_ENDPOINT_URL.
 * @throws Error that names the variable when no DynamoDB with streams answers there.
 * @throws Error that says what to install when this machine has no emulator.
 * @throws Error that names the file when it is damaged.
 */
export async function startDynamoDb(dataDir: string): Promise<DynamoDb> {
  const operations = ['DynamoDB_20120810.ListTables', 'DynamoDBStreams_20120810.ListStreams'];
  const named = await findNamedEndpoint('DynamoDB', operations);
  if (named) return { endpoint: named, isOurs: false, tableSuffix: keepTableSuffix(dataDir), stop: async () => {} };
  const binary = requireDynoxide(`${process.platform}-${process.arch}`);
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const emulator = await startDynoxide(binary, join(dataDir, 'dynamodb.sqlite'), START_ATTEMPTS);
  return { ...emulator, tableSuffix: '' };
}

/**
 * Returns the path of the installed Dynoxide.
 * @param platform such as `linux-x64`
 * @throws Error that says what to install instead.
 */
export function requireDynoxide(platform: string): string {
  const path = BINARIES[platform];
  const binary = path && fileURLToPath(new URL(`../../../../${path}`, import.meta.url));
  if (binary && existsSync(binary)) return binary;
  throw new Error(describeMissingDynamoDb(platform, path !== undefined));
}

/**
 * Starts Dynoxide on a free port, because it cannot report a port of its own choice. When another process takes the
 * port first, it tries another one.
 */
async function startDynoxide(binary: string, file: string, attempts: number): Promise<Emulator> {
  const port = await freePort();
  const errorLines: string[] = [];
  const child = await spawnTethered(binary, ['serve', '--port', String(port), '--db-path', file], {
    env: {},
    onLine: (line, stream) => stream === 'stderr' && errorLines.push(line),
  });
  const endpoint = `http://127.0.0.1:${port}`;
  const isReady = await Promise.race([waitUntilReady(endpoint), child.exited.then(() => false)]);
  if (isReady) return { endpoint, isOurs: true, stop: () => stopChild(child) };
  await child.stop();
  if (errorLines.some((line) => DAMAGE.test(line))) throw damagedFile(file, 'is not an intact SQLite database');
  if (attempts > 1) return startDynoxide(binary, file, attempts - 1);
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
