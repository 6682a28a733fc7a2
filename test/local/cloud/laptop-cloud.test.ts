// The laptop cloud as a whole: what it starts, keeps, refuses and leaves behind.
import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { expect, onTestFinished, test, vi } from 'vitest';
import { startLaptopCloud } from '../../../lib/local/cloud/laptop-cloud.ts';
import { HAS_OWN_DYNAMODB } from '../../support/services/own-dynamodb.ts';
import { dynamodbClient } from './clients.ts';
import { processesIn, startCloudProcess } from './cloud-process.ts';
import {
  eventually,
  type FakeAssembly,
  route,
  startFake,
  TABLE,
  temporaryFolder,
  writeAssembly,
} from './fake-assembly.ts';

const OK = { code: 'export const handler = async () => ({ statusCode: 200, body: "ok" });' };

const WHOLE: FakeAssembly = {
  functions: { ok: { ...OK, variables: { TABLE: { Ref: 'Table' }, RING: { Ref: 'Ring' } } } },
  resources: {
    Table: TABLE,
    Queue: { Type: 'AWS::SQS::Queue' },
    Ring: { Type: 'AWS::SecretsManager::Secret', Properties: { GenerateSecretString: {} } },
    Api: { Type: 'AWS::ApiGatewayV2::Api' },
    Logs: { Type: 'AWS::Logs::LogGroup' },
    Stream: {
      Type: 'AWS::Lambda::EventSourceMapping',
      Properties: {
        EventSourceArn: { 'Fn::GetAtt': ['Table', 'StreamArn'] },
        FunctionName: { Ref: 'ok' },
        StartingPosition: 'TRIM_HORIZON',
      },
    },
    Source: {
      Type: 'AWS::Lambda::EventSourceMapping',
      Properties: { EventSourceArn: { 'Fn::GetAtt': ['Queue', 'Arn'] }, FunctionName: { 'Fn::GetAtt': ['ok', 'Arn'] } },
    },
    ...route('$default', 'ok'),
  },
  outputs: {
    Table: { Value: { Ref: 'Table' } },
    Ring: { Value: { Ref: 'Ring' } },
    Url: {
      Value: {
        'Fn::Join': ['', ['https://', { Ref: 'Api' }, '.execute-api.', { Ref: 'AWS::Region' }, '.amazonaws.com/']],
      },
    },
    Endpoint: { Value: { 'Fn::GetAtt': ['Api', 'ApiEndpoint'] } },
  },
};

test('resolves outputs to the started resources', async () => {
  const cloud = await startFake(WHOLE);
  expect(cloud.baseUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  expect(cloud.outputs).toEqual({
    Table: expect.stringMatching(/^Fake-Table/),
    Ring: expect.stringMatching(/^arn:aws:secretsmanager:us-east-1:000000000000:secret:Fake-Ring-/),
    Url: `${cloud.baseUrl}/`,
    Endpoint: cloud.baseUrl,
  });
  expect(cloud.environmentOf('ok')).toMatchObject({ TABLE: cloud.outputs['Table'], RING: cloud.outputs['Ring'] });
  expect(() => cloud.environmentOf('other')).toThrow(/no function called other/);
  expect(await (await fetch(cloud.baseUrl)).text()).toBe('ok');
});

test('keeps table and secrets after a kill, which also ends its emulator', async () => {
  const folders = { assembly: writeAssembly(WHOLE), dataDir: temporaryFolder() };
  const script = 'const cloud = await starting; console.log(JSON.stringify([cloud.outputs, cloud.endpoints]));';
  const { child, line, exited } = startCloudProcess(script, folders);
  const [outputs, endpoints] = JSON.parse(await line());
  const Item = { pk: { S: 'kept' } };
  const TableName = outputs.Table;
  await dynamodbClient({ endpoints } as never).send(new PutItemCommand({ TableName, Item }));
  if (HAS_OWN_DYNAMODB) expect(processesIn(folders.dataDir)).not.toBe('');
  child.kill('SIGKILL');
  await exited;
  await eventually(() => processesIn(folders.dataDir) === '' || undefined);
  const cloud = await startLaptopCloud({ port: 0, ...folders });
  onTestFinished(cloud.stop);
  expect(cloud.outputs).toMatchObject({ Table: outputs.Table, Ring: outputs.Ring });
  const found = await dynamodbClient(cloud).send(new GetItemCommand({ TableName, Key: Item }));
  expect(found.Item).toEqual(Item);
});

test('leaves no process, socket or timer after a stop, so that the program ends by itself', async () => {
  const folders = { assembly: writeAssembly(WHOLE), dataDir: temporaryFolder() };
  const script = `
    const cloud = await starting;
    await (await fetch(cloud.baseUrl)).text();
    await cloud.stop();
    console.log('stopped');`;
  const { line, exited } = startCloudProcess(script, folders);
  expect(await line()).toBe('stopped');
  expect(await exited).toBe(0);
  expect(processesIn(folders.dataDir)).toBe('');
});

test('leaves nothing behind after a start that fails late', async () => {
  const Properties = { ScheduleExpression: 'cron(* * * * ? *)' };
  const late = { ...WHOLE, resources: { ...WHOLE.resources, Rule: { Type: 'AWS::Events::Rule', Properties } } };
  const folders = { assembly: writeAssembly(late), dataDir: temporaryFolder() };
  const { line, exited } = startCloudProcess('await starting.catch((error) => console.log(error.message));', folders);
  expect(await line()).toMatch(/supports only rate/);
  expect(await exited).toBe(0);
  expect(processesIn(folders.dataDir)).toBe('');
});

test.each([
  ['a folder that is not an assembly', undefined, /is its folder a synthesized CDK assembly/],
  [
    'an unknown intrinsic function',
    { functions: { ok: { ...OK, variables: { X: { 'Fn::ImportValue': 'y' } } } } },
    /Fake\/App\/ok\/Resource\.Environment\.X uses Fn::ImportValue/,
  ],
  [
    'an unknown kind of schedule',
    { resources: { Rule: { Type: 'AWS::Events::Rule', Properties: { ScheduleExpression: 'cron(* * * * ? *)' } } } },
    /supports only rate/,
  ],
])('refuses %s, and leaves nothing running', async (_what, assembly, message) => {
  const dataDir = temporaryFolder();
  const folder = assembly ? writeAssembly(assembly) : temporaryFolder();
  await expect(startLaptopCloud({ port: 0, assembly: folder, dataDir })).rejects.toThrow(message);
  expect(processesIn(dataDir)).toBe('');
});

test('refuses an existing table with other keys or indexes', async () => {
  const dataDir = temporaryFolder();
  const { GlobalSecondaryIndexes: _indexes, ...Properties } = TABLE.Properties;
  const AttributeDefinitions = TABLE.Properties.AttributeDefinitions.slice(0, 1);
  const first = await startFake({ resources: { Table: TABLE } }, { dataDir });
  await first.stop();
  const other = { Table: { ...TABLE, Properties: { ...Properties, AttributeDefinitions } } };
  await expect(startFake({ resources: other }, { dataDir })).rejects.toThrow(/other keys or indexes/);
});

test('leaves out functions that are not part of the app', async () => {
  const helper = {
    Type: 'AWS::Lambda::Function',
    Properties: { Runtime: 'nodejs24.x', Handler: 'index.handler', Code: { ZipFile: '' } },
  };
  const cloud = await startFake({ functions: { ok: OK }, resources: { Helper: helper } });
  await expect(cloud.invoke('Helper', {})).rejects.toThrow(/functions are: ok\./);
});

test('gives each data directory tables of its own in the DynamoDB that the environment names, and finds them again', async () => {
  const shared = await startFake({});
  vi.stubEnv('AWS_ENDPOINT_URL_DYNAMODB', shared.endpoints.dynamodb);
  onTestFinished(() => void vi.unstubAllEnvs());
  const assembly = { resources: { Table: TABLE }, outputs: { Table: { Value: { Ref: 'Table' } } } };
  const dataDir = temporaryFolder();
  const Item = { pk: { S: 'a' } };
  const first = await startFake(assembly, { dataDir });
  const TableName = first.outputs['Table'];
  await dynamodbClient(first).send(new PutItemCommand({ TableName, Item }));
  await first.stop();
  const [again, other] = [await startFake(assembly, { dataDir }), await startFake(assembly)];
  expect(TableName).toMatch(/^Fake-Table-[0-9a-f]{8}$/);
  expect(again.outputs['Table']).toBe(TableName);
  expect(other.outputs['Table']).not.toBe(TableName);
  const found = await dynamodbClient(shared).send(new GetItemCommand({ TableName, Key: Item }));
  expect(found.Item).toEqual(Item);
});
