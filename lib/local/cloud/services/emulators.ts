// The services that functions call, started concurrently, each behind its meter.
import { callAws } from '../base/aws-json.ts';
import { type ChangeSignal, createChangeSignal } from '../base/change-signal.ts';
import type { Started } from '../base/stoppable.ts';
import { meterDynamoDb } from '../meter/dynamodb-metering.ts';
import type { WritableMeter } from '../meter/meter.ts';
import { startMeteringProxy } from '../meter/metering-proxy.ts';
import { meterSqs } from '../meter/sqs-metering.ts';
import { type SecretsManager, startSecretsManager } from '../secrets/secrets-manager.ts';
import type { Endpoints } from '../template/function-environment.ts';
import { startDynamoDb } from './dynamodb.ts';
import { startSqs } from './sqs.ts';

/** The running services. */
export interface Emulators {
  /** Metered addresses: for functions, for code that acts as one, and for event sources where AWS bills them. */
  readonly endpoints: Endpoints;
  /** Addresses that bypass the meter: for deployment, and for calls that AWS does not bill. */
  readonly unmetered: { readonly dynamodb: string; readonly sqs: string };
  /** The end of the tables' names in that DynamoDB. */
  readonly tableSuffix: string;
  readonly secretsManager: SecretsManager;
  /** Notified after each write through the metered DynamoDB. */
  readonly written: ChangeSignal;
}

/** Starts the services. Each is added to `started` as soon as it runs. */
export async function startEmulators(dataDir: string, meter: WritableMeter, started: Started): Promise<Emulators> {
  const written = createChangeSignal();
  const starts = [
    startMeteredDynamoDb(dataDir, { meter, written, started }),
    startMeteredSqs(meter, started),
    startSecrets(dataDir, meter, started),
  ] as const;
  // When one start fails, wait for the others, so that `started` has all of them before anything is stopped.
  await Promise.allSettled(starts);
  const [dynamodb, sqs, secretsManager] = await Promise.all(starts);
  return {
    endpoints: { dynamodb: dynamodb.metered, sqs: sqs.metered, secretsManager: secretsManager.endpoint },
    unmetered: { dynamodb: dynamodb.unmetered, sqs: sqs.unmetered },
    tableSuffix: dynamodb.tableSuffix,
    secretsManager,
    written,
  };
}

interface Addresses {
  readonly metered: string;
  readonly unmetered: string;
}

interface Metering {
  readonly meter: WritableMeter;
  readonly written: ChangeSignal;
  readonly started: Started;
}

interface MeteredDynamoDb extends Addresses {
  readonly tableSuffix: string;
}

async function startMeteredDynamoDb(dataDir: string, { meter, written, started }: Metering): Promise<MeteredDynamoDb> {
  const emulator = started.add(await startDynamoDb(dataDir));
  const proxy = started.add(await startMeteringProxy(emulator.endpoint, meterDynamoDb(meter, written)));
  return { metered: proxy.url, unmetered: emulator.endpoint, tableSuffix: emulator.tableSuffix };
}

async function startMeteredSqs(meter: WritableMeter, started: Started): Promise<Addresses> {
  const emulator = started.add(await startSqs());
  const makeVisible = (QueueUrl: string, ReceiptHandle: string) => {
    const body = { QueueUrl, ReceiptHandle, VisibilityTimeout: 0 };
    return callAws({ endpoint: emulator.endpoint, target: 'AmazonSQS.ChangeMessageVisibility', body });
  };
  const exchange = meterSqs(meter, { isFauxqs: emulator.isOurs, makeVisible });
  const proxy = started.add(await startMeteringProxy(emulator.endpoint, exchange));
  return { metered: proxy.url, unmetered: emulator.endpoint };
}

async function startSecrets(dataDir: string, meter: WritableMeter, started: Started): Promise<SecretsManager> {
  return started.add(await startSecretsManager(dataDir, meter));
}
