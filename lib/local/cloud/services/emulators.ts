// The services that functions call, started concurrently, each behind its meter.
import { type AwsService, callAws } from '../base/aws-json.ts';
import { type ChangeSignal, createChangeSignal } from '../base/change-signal.ts';
import {
  type Credentials,
  keepCredentials,
  readEnvironmentCredentials,
  UNCHECKED_CREDENTIALS,
} from '../base/credentials.ts';
import type { Started } from '../base/stoppable.ts';
import { meterDynamoDb } from '../meter/dynamodb-metering.ts';
import type { WritableMeter } from '../meter/meter.ts';
import { startMeteringProxy } from '../meter/metering-proxy.ts';
import { meterSqs } from '../meter/sqs-metering.ts';
import { type SecretsManager, startSecretsManager } from '../secrets/secrets-manager.ts';
import type { Endpoints } from '../template/function-environment.ts';
import { type Emulator, startDynamoDb } from './dynamodb.ts';
import { startSqs } from './sqs.ts';

/** The running services. */
export interface Emulators {
  /** Metered addresses: for functions, for code that acts as one, and for event sources where AWS bills them. */
  readonly endpoints: Endpoints;
  /** The only credentials that the metered addresses take. */
  readonly credentials: Credentials;
  /** Services that bypass the meter: for deployment, and for calls that AWS does not bill. */
  readonly unmetered: { readonly dynamodb: AwsService; readonly sqs: AwsService };
  /** The end of the tables' names in that DynamoDB. */
  readonly tableSuffix: string;
  readonly secretsManager: SecretsManager;
  /** Notified after each write through the metered DynamoDB. */
  readonly written: ChangeSignal;
}

/** Starts the services. Each is added to `started` as soon as it runs. */
export async function startEmulators(dataDir: string, meter: WritableMeter, started: Started): Promise<Emulators> {
  const written = createChangeSignal();
  const credentials = keepCredentials(dataDir);
  const starts = [
    startMeteredDynamoDb(dataDir, { credentials, meter, written, started }),
    startMeteredSqs({ credentials, meter, started }),
    startSecretsManager(dataDir, meter, credentials).then(started.add),
  ] as const;
  // When one start fails, wait for the others, so that `started` has all of them before anything is stopped.
  await Promise.allSettled(starts);
  const [dynamodb, sqs, secretsManager] = await Promise.all(starts);
  return {
    endpoints: { dynamodb: dynamodb.metered, sqs: sqs.metered, secretsManager: secretsManager.endpoint },
    credentials,
    unmetered: { dynamodb: dynamodb.unmetered, sqs: sqs.unmetered },
    tableSuffix: dynamodb.tableSuffix,
    secretsManager,
    written,
  };
}

interface Addresses {
  readonly metered: string;
  readonly unmetered: AwsService;
}

interface Metering {
  readonly credentials: Credentials;
  readonly meter: WritableMeter;
  readonly started: Started;
}

interface MeteredDynamoDb extends Addresses {
  readonly tableSuffix: string;
}

async function startMeteredDynamoDb(
  dataDir: string,
  { credentials, meter, written, started }: Metering & { readonly written: ChangeSignal },
): Promise<MeteredDynamoDb> {
  const emulator = started.add(await startDynamoDb(dataDir));
  // Dynoxide checks no signature.
  const upstream = { ...serviceOf(emulator, UNCHECKED_CREDENTIALS), getsClientHost: false };
  const proxy = started.add(await startMeteringProxy(upstream, credentials, meterDynamoDb(meter, written)));
  return { metered: proxy.url, unmetered: upstream, tableSuffix: emulator.tableSuffix };
}

async function startMeteredSqs({ credentials, meter, started }: Metering): Promise<Addresses> {
  const emulator = started.add(await startSqs(credentials));
  const upstream = { ...serviceOf(emulator, credentials), getsClientHost: !emulator.isOurs };
  const makeVisible = (QueueUrl: string, ReceiptHandle: string) => {
    const body = { QueueUrl, ReceiptHandle, VisibilityTimeout: 0 };
    return callAws({ ...upstream, target: 'AmazonSQS.ChangeMessageVisibility', body });
  };
  const exchange = meterSqs(meter, { isFauxqs: emulator.isOurs, makeVisible });
  const proxy = started.add(await startMeteringProxy(upstream, credentials, exchange));
  return { metered: proxy.url, unmetered: upstream };
}

/** Returns the service with the credentials of our own emulator, or with the environment's for one that it names. */
function serviceOf({ endpoint, isOurs }: Emulator, own: Credentials): AwsService {
  return { endpoint, credentials: isOurs ? own : readEnvironmentCredentials() };
}
