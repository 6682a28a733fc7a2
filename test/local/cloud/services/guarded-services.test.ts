// Every emulated service answers only requests that are signed with the credentials of its laptop cloud.
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AwsError, callAws } from '../../../../lib/local/cloud/base/aws-json.ts';
import { collectStarted } from '../../../../lib/local/cloud/base/stoppable.ts';
import { createMeter } from '../../../../lib/local/cloud/meter/meter.ts';
import { type Emulators, startEmulators } from '../../../../lib/local/cloud/services/emulators.ts';
import { HAS_OWN_DYNAMODB } from '../../../support/services/own-dynamodb.ts';
import { ATTACKS, draft, exchange, type Operation, signed, type Target, withHeaders } from './attacks.ts';

/** Stored in every service. No refusal may contain it. */
const STORED = 'stored-0c3a';

/** Another emulator may be shared by several test files. */
const TABLE_NAME = `guarded-${randomUUID()}`;

/** A service with something stored in it. */
interface Guarded {
  readonly endpointOf: (emulators: Emulators) => string;
  readonly fill: readonly Operation[];
  /** Shows what is stored. */
  readonly read: Operation;
  /** Removes what is stored. */
  readonly remove: Operation;
}

const dynamoDb = (operation: string, body: object) => ({ target: `DynamoDB_20120810.${operation}`, body });
const sqs = (operation: string, body: object) => ({ target: `AmazonSQS.${operation}`, body });
const secrets = (operation: string, body: object) => ({ target: `secretsmanager.${operation}`, body });
const queue = (name: string) => ({ QueueUrl: `http://queue/000000000000/${name}` });

function guardedQueue(name: string, endpointOf: Guarded['endpointOf']): Guarded {
  return {
    endpointOf,
    fill: [sqs('CreateQueue', { QueueName: name }), sqs('SendMessage', { ...queue(name), MessageBody: STORED })],
    read: sqs('ReceiveMessage', { ...queue(name), VisibilityTimeout: 0 }),
    remove: sqs('PurgeQueue', queue(name)),
  };
}

const SERVICES: Readonly<Record<string, Guarded>> = {
  DynamoDB: {
    endpointOf: ({ endpoints }) => endpoints.dynamodb,
    fill: [
      dynamoDb('CreateTable', {
        TableName: TABLE_NAME,
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      }),
      dynamoDb('PutItem', { TableName: TABLE_NAME, Item: { pk: { S: 'row' }, text: { S: STORED } } }),
    ],
    read: dynamoDb('GetItem', { TableName: TABLE_NAME, Key: { pk: { S: 'row' } } }),
    remove: dynamoDb('DeleteItem', { TableName: TABLE_NAME, Key: { pk: { S: 'row' } } }),
  },
  SQS: guardedQueue('metered', ({ endpoints }) => endpoints.sqs),
  'SQS behind its meter': guardedQueue('unmetered', ({ unmetered }) => unmetered.sqs.endpoint),
  'Secrets Manager': {
    endpointOf: ({ endpoints }) => endpoints.secretsManager,
    fill: [secrets('CreateSecret', { Name: 'guarded', SecretString: STORED })],
    read: secrets('GetSecretValue', { SecretId: 'guarded' }),
    remove: secrets('DeleteSecret', { SecretId: 'guarded', ForceDeleteWithoutRecovery: true }),
  },
};

type Service = keyof typeof SERVICES;

let emulators: Emulators;
const started = collectStarted();

beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'laptop-guard-'));
  started.add({ stop: async () => rmSync(folder, { recursive: true, force: true }) });
  emulators = await startEmulators(folder, createMeter(), started);
  for (const name of Object.keys(SERVICES)) for (const operation of guarded(name).fill) await call(name, operation);
});

afterAll(started.stop);

function guarded(name: Service): Guarded {
  const service = SERVICES[name];
  if (!service) throw new Error(`There is no service called ${name}.`);
  return service;
}

function targetOf(name: Service): Target {
  return { endpoint: guarded(name).endpointOf(emulators), credentials: emulators.credentials };
}

/** Calls an operation with the right credentials. */
function call(name: Service, operation: Operation): Promise<Record<string, unknown>> {
  return callAws({ ...targetOf(name), ...operation });
}

describe.each(Object.keys(SERVICES))('%s', (name) => {
  it('answers what its credentials signed, under both of its names', async () => {
    expect(JSON.stringify(await call(name, guarded(name).read))).toContain(STORED);
    const at = targetOf(name);
    const renamed = withHeaders(draft(at, guarded(name).read), { host: `localhost:${new URL(at.endpoint).port}` });
    const { status, text } = await exchange(at.endpoint, signed(renamed, at.credentials));
    expect([status, text]).toEqual([200, expect.stringContaining(STORED)]);
  });

  it.each(ATTACKS)('refuses %s, shows nothing and changes nothing', async (_what, attack, refusal) => {
    const at = targetOf(name);
    for (const operation of [guarded(name).read, guarded(name).remove]) {
      const { status, text } = await exchange(at.endpoint, attack(at, operation));
      expect(JSON.parse(text)).toEqual({ __type: expect.stringMatching(refusal), message: expect.any(String) });
      expect(status).toBe(String(refusal).includes('AccessDenied') ? 403 : 400);
      expect(text).not.toContain(STORED);
      expect(text).not.toContain(at.credentials.secretAccessKey);
    }
    expect(JSON.stringify(await call(name, guarded(name).read))).toContain(STORED);
  });

  it('does not let a web page ask what it may send', async () => {
    const preflight = { 'access-control-request-method': 'POST', origin: 'http://page.example' };
    const request = withHeaders(draft(targetOf(name), guarded(name).read), preflight);
    const { status, text } = await exchange(targetOf(name).endpoint, { ...request, method: 'OPTIONS' });
    expect([status, text]).toEqual([400, expect.stringContaining('MissingAuthenticationToken')]);
  });

  it('refuses a body that is longer than any request of AWS, before it reads it', async () => {
    const at = targetOf(name);
    const request = signed({ ...draft(at, guarded(name).read), body: '' }, at.credentials);
    const { status } = await exchange(at.endpoint, withHeaders(request, { 'content-length': '18000000' }));
    expect(status).toBe(413);
  });

  it('refuses our own client with an AwsError when its secret is wrong', async () => {
    const { endpoint, credentials } = targetOf(name);
    const service = { endpoint, credentials: { ...credentials, secretAccessKey: 'other' } };
    const failure = callAws({ ...service, ...guarded(name).read });
    await expect(failure).rejects.toThrow(AwsError);
    await expect(failure).rejects.toMatchObject({ name: 'InvalidSignatureException' });
  });
});

describe.runIf(HAS_OWN_DYNAMODB)('Dynoxide, which checks no signature', () => {
  it('runs at an address that other programs do not guess', () => {
    const { hostname } = new URL(emulators.unmetered.dynamodb.endpoint);
    expect(hostname).toMatch(/^127\.(?!0\.0\.1$)/);
  });
});
