// Damaged state and endpoints that do not answer: the error names the cause and says what to do.
import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { readPrivateJson, writePrivateJson } from '../../../lib/local/cloud/base/private-file.ts';
import { createMeter } from '../../../lib/local/cloud/meter/meter.ts';
import { startSecretsManager } from '../../../lib/local/cloud/secrets/secrets-manager.ts';
import { startDynamoDb } from '../../../lib/local/cloud/services/dynamodb.ts';
import { startSqs } from '../../../lib/local/cloud/services/sqs.ts';
import { HAS_OWN_DYNAMODB } from '../../support/services/own-dynamodb.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const ADVICE = 'Remove the data directory to start over.';

test('writes a private file that only its owner can read, and leaves no other file', () => {
  const file = join(temporaryFolder(), 'deep', 'state.json');
  writePrivateJson(file, { a: 1 }, { flush: false });
  expect(readPrivateJson(file)).toEqual({ a: 1 });
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readdirSync(join(file, '..'))).toEqual(['state.json']);
});

test.each(['', '{"half":', 'null', '[]', '"text"'])('reports a private file that contains %j as damaged', (text) => {
  const file = join(temporaryFolder(), 'checkpoint.json');
  writeFileSync(file, text);
  expect(() => readPrivateJson(file)).toThrow(`${file} is not the JSON that was written to it. ${ADVICE}`);
});

test('does not replace damaged secrets by new ones', async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'secrets.json'), '{"ring"');
  await expect(startSecretsManager(folder, createMeter())).rejects.toThrow(join(folder, 'secrets.json'));
});

test.runIf(HAS_OWN_DYNAMODB)('names a table file that is not a database, and does not mention encryption', async () => {
  const folder = temporaryFolder();
  const file = join(folder, 'dynamodb.sqlite');
  writeFileSync(file, 'no database at all. '.repeat(100));
  await expect(startDynamoDb(folder)).rejects.toThrow(`${file} is not an intact SQLite database. ${ADVICE}`);
});

function nameEndpoint(variable: string, url: string): void {
  vi.stubEnv(variable, url);
  onTestFinished(() => void vi.unstubAllEnvs());
}

async function serve(status: number, body: string): Promise<string> {
  const server = createServer((_, response) => response.writeHead(status).end(body));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test.each(['http://127.0.0.1:9', 'localhost:8000'])(
  'names the variable of an endpoint where nothing answers: %s',
  async (url) => {
    nameEndpoint('AWS_ENDPOINT_URL_DYNAMODB', url);
    await expect(startDynamoDb(temporaryFolder())).rejects.toThrow(
      `AWS_ENDPOINT_URL_DYNAMODB names ${url}, but no DynamoDB answers there.`,
    );
  },
);

test('names the variable of an endpoint where something else answers', async () => {
  const url = await serve(200, '<!doctype html>');
  nameEndpoint('AWS_ENDPOINT_URL', url);
  await expect(startSqs()).rejects.toThrow(`AWS_ENDPOINT_URL names ${url}, but no SQS answers there.`);
});

test('uses an endpoint that answers, even with a refusal', async () => {
  const endpoint = await serve(400, '{"__type":"UnrecognizedClientException"}');
  nameEndpoint('AWS_ENDPOINT_URL_DYNAMODB', endpoint);
  expect(await startDynamoDb(temporaryFolder())).toMatchObject({ endpoint, isOurs: false });
});
