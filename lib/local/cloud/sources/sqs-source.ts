// A queue that calls a function: it invokes batches, deletes handled messages and leaves failed ones hidden.
import { AwsError, type AwsService, callAws } from '../base/aws-json.ts';
import { REGION } from '../base/identity.ts';
import { startLoop } from '../base/polling-loop.ts';
import { type Stoppable, settledWithin } from '../base/stoppable.ts';
import { failedItems } from './batch-response.ts';
import type { EventFilter } from './event-filter.ts';

/** The queue and its function. */
export interface SqsSourceOptions {
  readonly service: AwsService;
  readonly queueArn: string;
  readonly queueUrl: string;
  readonly batchSize: number;
  readonly batchingWindowMs: number;
  readonly reportsFailures: boolean;
  readonly filter: EventFilter;
  /** How many batches may be in progress at once. */
  readonly concurrency: number;
  readonly invoke: (event: unknown) => Promise<unknown>;
}

interface Message {
  readonly MessageId: string;
  readonly ReceiptHandle: string;
  readonly Body: string;
  readonly MD5OfBody: string;
  readonly Attributes?: Readonly<Record<string, string>>;
  readonly MessageAttributes?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

const RECEIVE_LIMIT = 10;
const LONG_POLL_SECONDS = 20;
const STOP_WITHIN_MS = 2_000;

/**
 * Starts reading the queue. A stop starts no new batch, waits briefly for those in progress, and deletes their
 * messages.
 */
export function startSqsSource(options: SqsSourceOptions): Stoppable {
  const inProgress = new Set<Promise<void>>();
  const loop = startLoop(async (signal) => {
    if (inProgress.size >= options.concurrency) await Promise.race(inProgress);
    const messages = await collectBatch(options, signal);
    if (messages.length === 0) return;
    const work: Promise<void> = handleBatch(options, messages).finally(() => inProgress.delete(work));
    inProgress.add(work);
  });
  return {
    stop: async () => {
      await loop.stop();
      await settledWithin(inProgress, STOP_WITHIN_MS);
    },
  };
}

/** Returns the messages of one receive. With a batching window it collects up to a full batch in that time. */
async function collectBatch(options: SqsSourceOptions, signal: AbortSignal): Promise<readonly Message[]> {
  const batch = [...(await receive(options, LONG_POLL_SECONDS, signal))];
  const deadline = performance.now() + options.batchingWindowMs;
  while (batch.length > 0 && batch.length < options.batchSize && performance.now() < deadline && !signal.aborted) {
    const remaining = Math.max(1, Math.ceil((deadline - performance.now()) / 1000));
    const more = receive(options, remaining, signal, options.batchSize - batch.length);
    batch.push(...(await more.catch(() => [])));
  }
  return batch;
}

async function receive(
  { service, queueUrl, batchSize }: SqsSourceOptions,
  waitSeconds: number,
  signal: AbortSignal,
  limit = batchSize,
): Promise<readonly Message[]> {
  const body = {
    QueueUrl: queueUrl,
    MaxNumberOfMessages: Math.min(RECEIVE_LIMIT, limit),
    WaitTimeSeconds: waitSeconds,
    MessageSystemAttributeNames: ['All'],
    MessageAttributeNames: ['All'],
  };
  const answer = await callAws<{ Messages?: Message[] }>({
    ...service,
    target: 'AmazonSQS.ReceiveMessage',
    body,
    signal,
  });
  return answer.Messages ?? [];
}

async function handleBatch(options: SqsSourceOptions, messages: readonly Message[]): Promise<void> {
  const records = messages.map((message) => ({ message, record: recordOf(message, options.queueArn) }));
  const chosen = records.filter(({ record }) => options.filter(withParsedBody(record)));
  const failed = await invokeWith(
    options,
    chosen.map(({ record }) => record),
  );
  // Messages that the filter leaves out are deleted too, as in Lambda.
  await deleteMessages(
    options,
    messages.filter(({ MessageId }) => !failed.has(MessageId)),
  );
}

type SqsRecord = ReturnType<typeof recordOf>;

async function invokeWith(options: SqsSourceOptions, records: readonly SqsRecord[]): Promise<ReadonlySet<string>> {
  if (records.length === 0) return new Set();
  const ids = records.map(({ messageId }) => messageId);
  try {
    const answer = await options.invoke({ Records: records });
    return options.reportsFailures ? failedItems(answer, ids) : new Set();
  } catch {
    return new Set(ids);
  }
}

async function deleteMessages({ service, queueUrl }: SqsSourceOptions, messages: readonly Message[]): Promise<void> {
  for (let index = 0; index < messages.length; index += RECEIVE_LIMIT) {
    const chunk = messages.slice(index, index + RECEIVE_LIMIT);
    const Entries = chunk.map(({ ReceiptHandle }, position) => ({ Id: String(position), ReceiptHandle }));
    const body = { QueueUrl: queueUrl, Entries };
    // A message that cannot be deleted is received again. SQS promises only at-least-once delivery.
    await callAws({ ...service, target: 'AmazonSQS.DeleteMessageBatch', body }).catch(ignoreFailedDelete);
  }
}

function ignoreFailedDelete(error: unknown): void {
  if (!(error instanceof AwsError) && !(error instanceof TypeError)) throw error;
}

function recordOf(message: Message, queueArn: string) {
  return {
    messageId: message.MessageId,
    receiptHandle: message.ReceiptHandle,
    body: message.Body,
    attributes: message.Attributes ?? {},
    messageAttributes: Object.fromEntries(
      Object.entries(message.MessageAttributes ?? {}).map(([name, attribute]) => [name, toLambdaAttribute(attribute)]),
    ),
    md5OfBody: message.MD5OfBody,
    eventSource: 'aws:sqs',
    eventSourceARN: queueArn,
    awsRegion: REGION,
  };
}

/** Turns `{StringValue, DataType}` into `{stringValue, dataType}` and adds the lists that Lambda always includes. */
function toLambdaAttribute(attribute: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const renamed = Object.entries(attribute).map(([name, value]) => [
    name.charAt(0).toLowerCase() + name.slice(1),
    value,
  ]);
  return { stringListValues: [], binaryListValues: [], ...Object.fromEntries(renamed) };
}

/** Filters can match inside a body that is JSON. */
function withParsedBody(record: SqsRecord): unknown {
  try {
    return { ...record, body: JSON.parse(record.body) };
  } catch {
    return record;
  }
}
