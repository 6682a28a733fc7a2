// Job queues: one standard queue for each account and pool. A message is a pointer to a row, nothing more.
import {
  type BatchResultErrorEntry,
  ChangeMessageVisibilityBatchCommand,
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import type { JobQueues, JobRef, Pool, QueuedJob } from '../../relay/model/ports.ts';
import { callDependency } from '../table/dependency.ts';
import { bareCode, entryRefused } from '../table/entry-refused.ts';

const SQS = 'SQS';
const FOURTEEN_DAYS_SECONDS = 14 * 24 * 3600;

/** `urlPrefix` ends where the account id begins: `https://…/signet-<stage>-jobs-`. */
export function createJobQueues(client: SQSClient, urlPrefix: string): JobQueues {
  const urlOf = ({ accountId, pool }: Pool) => `${urlPrefix}${accountId}-${pool}`;
  return {
    async send(pool, ref) {
      const MessageBody = toMessageText(ref);
      await callDependency(SQS, () => client.send(new SendMessageCommand({ QueueUrl: urlOf(pool), MessageBody })));
    },
    async sendMany(pool, refs) {
      const Entries = refs.map((ref, index) => ({ Id: String(index), MessageBody: toMessageText(ref) }));
      const command = new SendMessageBatchCommand({ QueueUrl: urlOf(pool), Entries });
      const { Failed = [] } = await callDependency(SQS, () => client.send(command));
      return Failed.flatMap(({ Id }) => refs[Number(Id)] ?? []);
    },
    async receive(pool, { limit, waitSeconds, visibilitySeconds }) {
      const command = new ReceiveMessageCommand({
        QueueUrl: urlOf(pool),
        MaxNumberOfMessages: limit,
        WaitTimeSeconds: waitSeconds,
        VisibilityTimeout: visibilitySeconds,
      });
      const { Messages = [] } = await callDependency(SQS, () => client.send(command));
      return Messages.flatMap(parseMessage);
    },
    async removeMany(pool, receipts) {
      const Entries = receipts.map((ReceiptHandle, index) => ({ Id: String(index), ReceiptHandle }));
      const command = new DeleteMessageBatchCommand({ QueueUrl: urlOf(pool), Entries });
      await passOverStale(() => client.send(command));
    },
    async hideMany(pool, messages) {
      const Entries = messages.map(({ receipt, seconds }, index) => ({
        Id: String(index),
        ReceiptHandle: receipt,
        VisibilityTimeout: seconds,
      }));
      const command = new ChangeMessageVisibilityBatchCommand({ QueueUrl: urlOf(pool), Entries });
      await passOverStale(() => client.send(command));
    },
  };
}

/** Repeatable: a queue that is there with these attributes is left as it is. */
export async function createJobQueue(client: SQSClient, urlPrefix: string, { accountId, pool }: Pool): Promise<void> {
  const command = new CreateQueueCommand({
    QueueName: `${urlPrefix.slice(urlPrefix.lastIndexOf('/') + 1)}${accountId}-${pool}`,
    Attributes: {
      MessageRetentionPeriod: String(FOURTEEN_DAYS_SECONDS),
      SqsManagedSseEnabled: 'true',
    },
  });
  await callDependency(SQS, () => client.send(command));
}

/** What SQS says of a receipt handle that has run out, or never was one. */
const STALE = ['ReceiptHandleIsInvalid', 'InvalidParameterValue', 'MessageNotInflight', 'InvalidAddress'];

interface BatchAnswer {
  readonly Failed?: readonly BatchResultErrorEntry[] | undefined;
}

/**
 * A receipt handle that has run out is refused; the message is then someone else's, or gone, and the table
 * decides all the same. Receipts come back through the agent, so a wrong one is a sender's fault, not ours.
 */
async function passOverStale(call: () => Promise<BatchAnswer>): Promise<void> {
  const { Failed = [] } = await callDependency(SQS, call);
  const failure = Failed.find(({ Code }) => !STALE.includes(bareCode(Code)));
  if (failure) throw entryRefused(failure);
}

/** A pointer, and nothing else of what it may be part of. */
function toMessageText({ jobId, createdAt }: JobRef): string {
  return JSON.stringify({ jobId, createdAt });
}

function parseMessage({ Body, ReceiptHandle }: Message): QueuedJob[] {
  return ReceiptHandle === undefined ? [] : [{ ref: parseRef(Body ?? ''), receipt: ReceiptHandle }];
}

function parseRef(text: string): JobRef | undefined {
  try {
    const { jobId, createdAt } = JSON.parse(text);
    return typeof jobId === 'string' && Number.isSafeInteger(createdAt) ? { jobId, createdAt } : undefined;
  } catch {
    return undefined;
  }
}
