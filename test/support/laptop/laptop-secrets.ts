// Collects all secrets of a running laptop cloud, and all texts in which none of them may occur.
import { createPrivateKey, type KeyObject } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { inflateRawSync } from 'node:zlib';
import { paginateScan } from '@aws-sdk/client-dynamodb';
import { paginateListQueues, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { createDynamoDbClient, createSqsClient } from '../../../lib/aws/clients.ts';
import { readLocalState } from '../../../lib/local/state-file.ts';
import { type KnownSecret, secretBytes, secretText } from '../leaks.ts';
import { secretTextsOf } from './secret-texts.ts';

/** A text that the laptop cloud wrote, with the place where it was found. */
export interface Place {
  readonly where: string;
  readonly text: string;
}

/** Files that may hold secrets. No other file may. */
const SECRET_FILES = /^(?:local\.json|secrets\.json|[^/]*\.pem|agent-\d+\/identity\.json)$/;

/**
 * Returns the secrets of partners, endpoints and the agent, the masters of both rings, and imported secrets.
 *
 * @throws Error if a kind of secret is missing.
 */
export function secretsOfLaptop(dataDir: string): readonly KnownSecret[] {
  const state = readLocalState(dataDir);
  if (!state) throw new Error('local.json does not exist.');
  const stored = readFileSync(join(dataDir, 'secrets.json'), 'utf8');
  const masters = [...new Set(stored.match(/\b[0-9a-f]{64}\b/g) ?? [])];
  const keyFiles = filesIn(dataDir).filter((file) => /\.pem$|identity\.json$/.test(file));
  if (masters.length < 2 || keyFiles.length < 2) throw new Error('Masters or private keys are missing.');
  return [
    ...secretTextsOf(state).map((text, index) => secretText(`secret ${index + 1} of local.json`, text)),
    ...masters.map((master, index) => secretBytes(`master ${index + 1}`, Buffer.from(master, 'hex'))),
    ...keyFiles.map((file) =>
      secretBytes(`the private key in ${file}`, seedOf(readFileSync(join(dataDir, file), 'utf8'))),
    ),
  ];
}

function seedOf(text: string): Buffer {
  const pem = text.startsWith('{') ? (JSON.parse(text).privateKeyPem as string) : text;
  const key: KeyObject = createPrivateKey(pem);
  return Buffer.from(key.export({ format: 'jwk' }).d ?? '', 'base64url');
}

/** Returns the permission bits of each file that may hold secrets. */
export function modesOfSecretFiles(dataDir: string): readonly (readonly [string, number])[] {
  const secretFiles = filesIn(dataDir).filter((file) => SECRET_FILES.test(file));
  return secretFiles.map((file) => [file, statSync(join(dataDir, file)).mode & 0o777]);
}

/** Bundles of code, which are built before any secret exists. */
const BUILT = /^assembly\/asset\./;

/** Returns all other files: logs with metrics, the template, the table's own file and more. */
export function readOtherFiles(dataDir: string): readonly Place[] {
  const others = filesIn(dataDir).filter((file) => !SECRET_FILES.test(file) && !BUILT.test(file));
  return others.map((file) => ({ where: file, text: readFileSync(join(dataDir, file), 'latin1') }));
}

function filesIn(dataDir: string): readonly string[] {
  return readdirSync(dataDir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(dataDir, join(entry.parentPath, entry.name)));
}

/** Returns every row of the table and every visible message, read from the services directly. */
export async function readServices(dataDir: string): Promise<readonly Place[]> {
  const operator = readLocalState(dataDir)?.operator;
  if (!operator) throw new Error('local.json does not say where the services are.');
  const { deployment, services } = operator;
  const [dynamoDb, sqs] = [createDynamoDbClient(services.dynamodb), createSqsClient(services.sqs)];
  try {
    const pages = await Array.fromAsync(paginateScan({ client: dynamoDb }, { TableName: deployment.tableName }));
    const rows = pages.flatMap(({ Items = [] }) => Items.map((item) => unmarshall(item)));
    const listed = await Array.fromAsync(paginateListQueues({ client: sqs }, {}));
    const places = rows.map((row): Place => ({ where: `row ${row['pk']} ${row['sk']}`, text: showRow(row) }));
    for (const QueueUrl of listed.flatMap(({ QueueUrls = [] }) => QueueUrls)) {
      const receive = { QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 0 };
      const { Messages = [] } = await sqs.send(new ReceiveMessageCommand(receive));
      places.push(...Messages.map((message) => ({ where: `message in ${QueueUrl}`, text: JSON.stringify(message) })));
    }
    return places;
  } finally {
    for (const client of [dynamoDb, sqs]) client.destroy();
  }
}

/** Returns a row as text, with its deflated values inflated. */
function showRow(row: Record<string, unknown>): string {
  const inflated = Object.values(row).flatMap((value) =>
    value instanceof Uint8Array ? inflateRawSync(value).toString() : [],
  );
  return [JSON.stringify(row), ...inflated].join(' ');
}
