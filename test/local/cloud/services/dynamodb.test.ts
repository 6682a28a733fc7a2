// What `npm start` and the tests say where there is no DynamoDB emulator, and what they require of one that is named.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test, vi } from 'vitest';
import { requireDynoxide, startDynamoDb } from '../../../../lib/local/cloud/services/dynamodb.ts';
import {
  describeMissingDynamoDb,
  MINISTACK_COMMANDS,
  START_WITH_MINISTACK,
} from '../../../../lib/local/cloud/services/missing-dynamodb.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';

/** Starts a service that refuses every operation: those of `unknown` as unknown, the others for their credentials. */
async function serve(unknown: (target: string) => string | undefined): Promise<string> {
  const server = createServer((request, response) => {
    const body = unknown(String(request.headers['x-amz-target'])) ?? '{"__type":"UnrecognizedClientException"}';
    response.writeHead(400).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  vi.stubEnv('AWS_ENDPOINT_URL_DYNAMODB', url);
  onTestFinished(() => void vi.unstubAllEnvs());
  return url;
}

test.each(['darwin-arm64', 'darwin-x64', 'linux-arm64', 'win32-x64'])(
  'says on %s which commands start ministack and which variable to set',
  (platform) => {
    expect(() => requireDynoxide(platform)).toThrow(
      [
        `There is no DynamoDB emulator on npm for ${platform}. Run ministack from PyPI in a terminal of its own:`,
        '  python3 -m venv ~/.signet-ministack',
        '  ~/.signet-ministack/bin/pip install ministack==1.5.33',
        '  SERVICES=dynamodb,dynamodbstreams ~/.signet-ministack/bin/hypercorn ministack.app:app --bind 127.0.0.1:4566',
        'Then set AWS_ENDPOINT_URL_DYNAMODB for npm start and npm test:',
        '  AWS_ENDPOINT_URL_DYNAMODB=http://127.0.0.1:4566 npm start',
        'docs/platforms.md says what works with it.',
      ].join('\n'),
    );
  },
);

test('says first to run npm ci where npm has an emulator that is not installed', () => {
  const message = describeMissingDynamoDb('linux-x64', true);
  expect(message).toMatch(/^The DynamoDB emulator for linux-x64 is not installed\. Run "npm ci" to install it\.\n/);
  for (const line of [...MINISTACK_COMMANDS, START_WITH_MINISTACK]) expect(message).toContain(`\n  ${line}\n`);
});

test.each([
  ['without a name', '{"error":"Unsupported service: dynamodbstreams"}'],
  ['by name', '{"__type":"com.amazonaws.dynamodb#UnknownOperationException"}'],
])('refuses a named DynamoDB that has no streams and says so %s', async (_how, answer) => {
  const url = await serve((target) => (target.startsWith('DynamoDBStreams') ? answer : undefined));
  await expect(startDynamoDb(temporaryFolder())).rejects.toThrow(
    `AWS_ENDPOINT_URL_DYNAMODB names ${url}, but the DynamoDB there does not know DynamoDBStreams_20120810.ListStreams.`,
  );
});

test('names the tables of one data directory alike at every start, and those of another differently', async () => {
  await serve(() => undefined);
  const [dataDir, other] = [temporaryFolder(), temporaryFolder()];
  const { tableSuffix } = await startDynamoDb(dataDir);
  expect(tableSuffix).toMatch(/^-[0-9a-f]{8}$/);
  expect((await startDynamoDb(dataDir)).tableSuffix).toBe(tableSuffix);
  expect((await startDynamoDb(other)).tableSuffix).not.toBe(tableSuffix);
});
