// Secrets Manager, called by the real SDK.
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import {
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  InvalidParameterException,
  InvalidRequestException,
  ListSecretsCommand,
  PutSecretValueCommand,
  ResourceExistsException,
  ResourceNotFoundException,
  SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import { expect, onTestFinished, test } from 'vitest';
import { createMeter } from '../../../../lib/local/cloud/meter/meter.ts';
import { generateSecretString } from '../../../../lib/local/cloud/secrets/generate-secret.ts';
import { startSecretsManager } from '../../../../lib/local/cloud/secrets/secrets-manager.ts';
import { TEST_CREDENTIALS } from '../../../support/services/test-credentials.ts';
import { temporaryFolder } from '../fake-assembly.ts';

const BINDINGS = { stackName: 'Fake', parameters: {}, resources: new Map() };

async function start(dataDir = temporaryFolder()) {
  const service = await startSecretsManager(dataDir, createMeter(), TEST_CREDENTIALS);
  onTestFinished(service.stop);
  const client = new SecretsManagerClient({
    endpoint: service.endpoint,
    region: 'us-east-1',
    credentials: TEST_CREDENTIALS,
    maxAttempts: 1,
  });
  onTestFinished(() => client.destroy());
  return { service, client, dataDir };
}

test('stores a secret and returns it by name, ARN and partial ARN', async () => {
  const { client } = await start();
  const { ARN = '' } = await client.send(new CreateSecretCommand({ Name: 'my/ring', SecretString: 'one' }));
  expect(ARN).toMatch(/^arn:aws:secretsmanager:us-east-1:000000000000:secret:my\/ring-[0-9a-zA-Z]{6}$/);
  for (const SecretId of ['my/ring', ARN, ARN.slice(0, -7)]) {
    const value = await client.send(new GetSecretValueCommand({ SecretId }));
    expect(value).toMatchObject({ Name: 'my/ring', ARN, SecretString: 'one', VersionStages: ['AWSCURRENT'] });
    expect(value.CreatedDate).toBeInstanceOf(Date);
  }
});

test('moves the stages when values are put', async () => {
  const { client } = await start();
  await client.send(new CreateSecretCommand({ Name: 's', SecretBinary: Buffer.from([0, 255]) }));
  await client.send(new PutSecretValueCommand({ SecretId: 's', SecretString: 'two' }));
  await client.send(new PutSecretValueCommand({ SecretId: 's', SecretString: 'three', VersionStages: ['AWSPENDING'] }));
  const read = async (VersionStage: string) => client.send(new GetSecretValueCommand({ SecretId: 's', VersionStage }));
  expect((await read('AWSCURRENT')).SecretString).toBe('two');
  expect((await read('AWSPENDING')).SecretString).toBe('three');
  expect(Buffer.from((await read('AWSPREVIOUS')).SecretBinary ?? [])).toEqual(Buffer.from([0, 255]));
});

test('promotes a pending version', async () => {
  const { client } = await start();
  const { VersionId: one } = await client.send(new CreateSecretCommand({ Name: 's', SecretString: 'one' }));
  const pending = { SecretId: 's', SecretString: 'two', VersionStages: ['AWSPENDING'] };
  const { VersionId: two } = await client.send(new PutSecretValueCommand(pending));
  const promotion = { SecretId: 's', VersionStage: 'AWSCURRENT', MoveToVersionId: two };
  await expect(client.send(new UpdateSecretVersionStageCommand(promotion))).rejects.toBeInstanceOf(
    InvalidParameterException,
  );
  await client.send(new UpdateSecretVersionStageCommand({ ...promotion, RemoveFromVersionId: one }));
  const { VersionIdsToStages } = await client.send(new DescribeSecretCommand({ SecretId: 's' }));
  expect(VersionIdsToStages).toEqual({ [String(one)]: ['AWSPREVIOUS'], [String(two)]: ['AWSPENDING', 'AWSCURRENT'] });
});

test('accepts a repeat of the same request, and refuses its token with other content', async () => {
  const { client } = await start();
  const ClientRequestToken = '0123456789abcdef0123456789abcdef';
  await client.send(new CreateSecretCommand({ Name: 's', SecretString: 'one' }));
  const put = (SecretString: string) =>
    client.send(new PutSecretValueCommand({ SecretId: 's', SecretString, ClientRequestToken }));
  expect((await put('two')).VersionId).toBe(ClientRequestToken);
  expect((await put('two')).VersionId).toBe(ClientRequestToken);
  await expect(put('three')).rejects.toBeInstanceOf(ResourceExistsException);
});

test('refuses with the error names that the SDK knows', async () => {
  const { client } = await start();
  await expect(client.send(new GetSecretValueCommand({ SecretId: 'no' }))).rejects.toBeInstanceOf(
    ResourceNotFoundException,
  );
  await client.send(new CreateSecretCommand({ Name: 's', SecretString: 'one' }));
  const again = client.send(new CreateSecretCommand({ Name: 's', SecretString: 'two' }));
  await expect(again).rejects.toBeInstanceOf(ResourceExistsException);
  const pending = client.send(new GetSecretValueCommand({ SecretId: 's', VersionStage: 'AWSPENDING' }));
  await expect(pending).rejects.toBeInstanceOf(ResourceNotFoundException);
  await client.send(new DeleteSecretCommand({ SecretId: 's' }));
  await expect(client.send(new GetSecretValueCommand({ SecretId: 's' }))).rejects.toBeInstanceOf(
    InvalidRequestException,
  );
});

test('lists by name and by tag, and removes what was deleted by force', async () => {
  const { client } = await start();
  const Tags = [{ Key: 'colour', Value: 'blue' }];
  await client.send(new CreateSecretCommand({ Name: 'a/one', SecretString: '1', Tags }));
  await client.send(new CreateSecretCommand({ Name: 'b/two', SecretString: '2' }));
  const list = async (Key: 'name' | 'tag-key' | 'tag-value', value: string) => {
    const { SecretList } = await client.send(new ListSecretsCommand({ Filters: [{ Key, Values: [value] }] }));
    return SecretList?.map(({ Name }) => Name);
  };
  expect(await list('name', 'b/')).toEqual(['b/two']);
  expect(await list('tag-key', 'colour')).toEqual(['a/one']);
  expect(await list('tag-value', 'red')).toEqual([]);
  await client.send(new DeleteSecretCommand({ SecretId: 'a/one', ForceDeleteWithoutRecovery: true }));
  expect(await list('name', 'a/')).toEqual([]);
});

test('stores everything in a file that only its owner can read', async () => {
  const { client, service, dataDir } = await start();
  await client.send(new CreateSecretCommand({ Name: 's', SecretString: 'one' }));
  const file = join(dataDir, 'secrets.json');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readFileSync(file, 'utf8')).toContain('one');
  await service.stop();
  const again = await start(dataDir);
  expect((await again.client.send(new GetSecretValueCommand({ SecretId: 's' }))).SecretString).toBe('one');
});

test('generates a template’s secret once, and follows the template’s tags', async () => {
  const dataDir = temporaryFolder();
  const template = (url: string) => ({
    folder: '',
    stackName: 'Fake',
    outputs: {},
    parameters: {},
    resources: [
      {
        logicalId: 'Ring',
        type: 'AWS::SecretsManager::Secret',
        path: 'Ring',
        properties: { GenerateSecretString: { PasswordLength: 20 }, Tags: [{ Key: 'url', Value: url }] },
      },
    ],
  });
  const values: unknown[] = [];
  for (const url of ['first', 'second']) {
    const { service, client } = await start(dataDir);
    const arn = service.makeSecrets(template(url), BINDINGS).get('Ring')?.ref;
    const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: arn }));
    const { Tags } = await client.send(new DescribeSecretCommand({ SecretId: arn }));
    expect(Tags).toEqual([{ Key: 'url', Value: url }]);
    values.push([arn, SecretString]);
    await service.stop();
  }
  expect(values[0]).toEqual(values[1]);
});

test.each([
  ['by default 32 characters with one of each type', {}, /^(?=.*[a-z])(?=.*[A-Z])(?=.*\d)(?=.*[^\w ]).{32}$/],
  ['of the given length', { PasswordLength: 5 }, /^.{5}$/],
  [
    'hex',
    {
      ExcludeCharacters: 'ghijklmnopqrstuvwxyz',
      ExcludePunctuation: true,
      ExcludeUppercase: true,
      PasswordLength: 64,
      RequireEachIncludedType: false,
    },
    /^[0-9a-f]{64}$/,
  ],
  ['letters only', { ExcludeNumbers: true, ExcludePunctuation: true }, /^[a-zA-Z]{32}$/],
  ['with spaces, when they are included', { IncludeSpace: true, PasswordLength: 5 }, /^(?=.* ).{5}$/],
  [
    'inside a template',
    { SecretStringTemplate: '{"user":"me"}', GenerateStringKey: 'password' },
    /^\{"user":"me","password":".+"\}$/,
  ],
])('generates a secret %s', (_what, rules, pattern) => {
  for (let count = 0; count < 50; count += 1) expect(generateSecretString(rules)).toMatch(pattern);
});

test('refuses rules that exclude every character', () => {
  const rules = { ExcludeLowercase: true, ExcludeUppercase: true, ExcludeNumbers: true, ExcludePunctuation: true };
  expect(() => generateSecretString(rules)).toThrow(/excludes every character/);
});
