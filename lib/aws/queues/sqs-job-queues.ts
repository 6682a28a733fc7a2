// Job queues: one standard queue for each account and pool. A message is only a pointer to a row.
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
import type { JobMessage, JobQueues, JobRef, Pool } from '../../relay/model/ports.ts';
import { settleAll } from '../../relay/model/settle-all.ts';
import { toSqsBatches } from '../../relay/model/sqs-batches.ts';
import { bareCode, batchEntryError } from '../table/batch-entry-error.ts';
import { callDependency } from '../table/call-dependency.ts';

const SQS = 'SQS';
const FOURTEEN_DAYS_SECONDS = 14 * 24 * 3600;

/**
 * Returns the job queues whose URLs start with `urlPrefix`, such as `https://…/signet-<stage>-jobs-`. The account id
 * and the pool follow it.
 */
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
    async receive(pool, { limit, visibilitySeconds }) {
      const receiveUpTo = (count: number) => receiveOnce(client, urlOf(pool), { count, visibilitySeconds });
      const { values, failure } = await settleAll(splitForReceives(limit), receiveUpTo);
      const messages = values.flat();
      if (failure && messages.length === 0) throw failure.error;
      return messages;
    },
    async deleteMany(pool, receipts) {
      const Entries = receipts.map((ReceiptHandle, index) => ({ Id: String(index), ReceiptHandle }));
      const command = new DeleteMessageBatchCommand({ QueueUrl: urlOf(pool), Entries });
      await ignoreExpiredReceipts(() => client.send(command));
    },
    async hideMany(pool, messages) {
      const Entries = messages.map(({ receipt, seconds }, index) => ({
        Id: String(index),
        ReceiptHandle: receipt,
        VisibilityTimeout: seconds,
      }));
      const command = new ChangeMessageVisibilityBatchCommand({ QueueUrl: urlOf(pool), Entries });
      await ignoreExpiredReceipts(() => client.send(command));
    },
  };
}

/** Returns how many messages each receive asks for: SQS gives at most ten. The receives are made at the same time. */
function splitForReceives(limit: number): readonly number[] {
  return toSqsBatches(Array.from({ length: limit })).map((batch) => batch.length);
}

async function receiveOnce(
  client: SQSClient,
  QueueUrl: string,
  { count, visibilitySeconds }: { count: number; visibilitySeconds: number },
): Promise<readonly JobMessage[]> {
  const command = new ReceiveMessageCommand({
    QueueUrl,
    MaxNumberOfMessages: count,
    // Said, because a default of the queue would hold the function.
    WaitTimeSeconds: 0,
    VisibilityTimeout: visibilitySeconds,
  });
  const { Messages = [] } = await callDependency(SQS, () => client.send(command));
  return Messages.flatMap(parseMessage);
}

/** Creates the queue of a pool. A queue that exists with these attributes is left as it is. */
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

/** The codes by which SQS rejects a receipt handle that has expired or never existed. */
const EXPIRED_RECEIPT_CODES = [
  'ReceiptHandleIsInvalid',
  'InvalidParameterValue',
  'MessageNotInflight',
  'InvalidAddress',
];

interface BatchAnswer {
  readonly Failed?: readonly BatchResultErrorEntry[] | undefined;
}

/**
 * Ignores the refusal of expired receipt handles. Another consumer then has the message, or it is deleted, and the
 * table decides in both cases. Receipts come back through the agent, so an invalid one is the sender's fault and not
 * ours.
 */
async function ignoreExpiredReceipts(call: () => Promise<BatchAnswer>): Promise<void> {
  const { Failed = [] } = await callDependency(SQS, call);
  const failure = Failed.find(({ Code }) => !EXPIRED_RECEIPT_CODES.includes(bareCode(Code)));
  if (failure) throw batchEntryError(failure);
}

/** Returns a pointer's text. The reference may be part of a larger record, so only its two fields are written. */
function toMessageText({ jobId, createdAt }: JobRef): string {
  return JSON.stringify({ jobId, createdAt });
}

function parseMessage({ Body, ReceiptHandle }: Message): JobMessage[] {
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
