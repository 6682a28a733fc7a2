// The services that functions call, started together, each behind what meters it.
import { callAws } from '../base/aws-json.ts';
import { type ChangeSignal, createChangeSignal } from '../base/change-signal.ts';
import type { Started } from '../base/stoppable.ts';
import { meterDynamoDb } from '../meter/dynamodb-metering.ts';
import type { MeterIntake } from '../meter/meter.ts';
import { startMeteringProxy } from '../meter/metering-proxy.ts';
import { meterSqs } from '../meter/sqs-metering.ts';
import { type SecretsManager, startSecretsManager } from '../secrets/secrets-manager.ts';
import type { Endpoints } from '../template/function-environment.ts';
import { startDynamoDb } from './dynamodb.ts';
import { startSqs } from './sqs.ts';

export interface Emulators {
  /** Metered. For functions, for whoever plays their part, and for what AWS bills of the event sources. */
  readonly endpoints: Endpoints;
  /** Past the meter. For what deploys, and for what AWS does not bill. */
  readonly unmetered: { readonly dynamodb: string; readonly sqs: string };
  readonly secretsManager: SecretsManager;
  /** Rings when something was written through the metered DynamoDB. */
  readonly written: ChangeSignal;
}

export async function startEmulators(dataDir: string, meter: MeterIntake, started: Started): Promise<Emulators> {
  const written = createChangeSignal();
  const starts = [
    startMeteredDynamoDb(dataDir, { meter, written, started }),
    startMeteredSqs(meter, started),
    startSecrets(dataDir, meter, started),
  ] as const;
  // When one fails, the others must have been remembered before anything is stopped.
  await Promise.allSettled(starts);
  const [dynamodb, sqs, secretsManager] = await Promise.all(starts);
  return {
    endpoints: { dynamodb: dynamodb.metered, sqs: sqs.metered, secretsManager: secretsManager.endpoint },
    unmetered: { dynamodb: dynamodb.unmetered, sqs: sqs.unmetered },
    secretsManager,
    written,
  };
}

interface Addresses {
  readonly metered: string;
  readonly unmetered: string;
}

interface Surroundings {
  readonly meter: MeterIntake;
  readonly written: ChangeSignal;
  readonly started: Started;
}

async function startMeteredDynamoDb(dataDir: string, { meter, written, started }: Surroundings): Promise<Addresses> {
  const emulator = started.add(await startDynamoDb(dataDir));
  const proxy = started.add(await startMeteringProxy(emulator.endpoint, meterDynamoDb(meter, written)));
  return { metered: proxy.url, unmetered: emulator.endpoint };
}

async function startMeteredSqs(meter: MeterIntake, started: Started): Promise<Addresses> {
  const emulator = started.add(await startSqs());
  const putBack = (QueueUrl: string, ReceiptHandle: string) => {
    const body = { QueueUrl, ReceiptHandle, VisibilityTimeout: 0 };
    return callAws({ endpoint: emulator.endpoint, target: 'AmazonSQS.ChangeMessageVisibility', body });
  };
  const exchange = meterSqs(meter, { isFauxqs: emulator.isOurs, putBack });
  const proxy = started.add(await startMeteringProxy(emulator.endpoint, exchange));
  return { metered: proxy.url, unmetered: emulator.endpoint };
}

async function startSecrets(dataDir: string, meter: MeterIntake, started: Started): Promise<SecretsManager> {
  return started.add(await startSecretsManager(dataDir, meter));
}
