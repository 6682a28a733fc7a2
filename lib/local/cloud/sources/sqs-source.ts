// A queue that calls a function: receives, invokes with batches, deletes what succeeded and leaves what failed to its visibility timeout.
import { AwsError, callAws } from '../base/aws-json.ts';
import { REGION } from '../base/identity.ts';
import { startLoop } from '../base/polling-loop.ts';
import { type Stoppable, settledWithin } from '../base/stoppable.ts';
import { failedItems } from './batch-response.ts';
import type { EventFilter } from './event-filter.ts';

export interface SqsSourceOptions {
  readonly endpoint: string;
  readonly queueArn: string;
  readonly queueUrl: string;
  readonly batchSize: number;
  readonly batchingWindowMs: number;
  readonly reportsFailures: boolean;
  readonly filter: EventFilter;
  /** How many batches may be in work at once. */
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

/** After a stop no batch is begun; those in work are waited for a little, and their messages deleted. */
export function startSqsSource(options: SqsSourceOptions): Stoppable {
  const inWork = new Set<Promise<void>>();
  const loop = startLoop(async (signal) => {
    if (inWork.size >= options.concurrency) await Promise.race(inWork);
    const messages = await collectBatch(options, signal);
    if (messages.length === 0) return;
    const work: Promise<void> = handleBatch(options, messages).finally(() => inWork.delete(work));
    inWork.add(work);
  });
  return {
    stop: async () => {
      await loop.stop();
      await settledWithin(inWork, STOP_WITHIN_MS);
    },
  };
}

/** Without a batching window, whatever one receive brings; with one, up to a full batch in that time. */
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
  { endpoint, queueUrl, batchSize }: SqsSourceOptions,
  waitSeconds: number,
  signal: AbortSignal,
  wanted = batchSize,
): Promise<readonly Message[]> {
  const body = {
    QueueUrl: queueUrl,
    MaxNumberOfMessages: Math.min(RECEIVE_LIMIT, wanted),
    WaitTimeSeconds: waitSeconds,
    MessageSystemAttributeNames: ['All'],
    MessageAttributeNames: ['All'],
  };
  const answer = await callAws<{ Messages?: Message[] }>({
    endpoint,
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
  // What the filter leaves out is deleted too, as Lambda does.
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

async function deleteMessages({ endpoint, queueUrl }: SqsSourceOptions, messages: readonly Message[]): Promise<void> {
  for (let index = 0; index < messages.length; index += RECEIVE_LIMIT) {
    const chunk = messages.slice(index, index + RECEIVE_LIMIT);
    const Entries = chunk.map(({ ReceiptHandle }, position) => ({ Id: String(position), ReceiptHandle }));
    const body = { QueueUrl: queueUrl, Entries };
    // A message that cannot be deleted comes again: at least once is all that SQS promises.
    await callAws({ endpoint, target: 'AmazonSQS.DeleteMessageBatch', body }).catch(ignoreRefusal);
  }
}

function ignoreRefusal(error: unknown): void {
  if (!(error instanceof AwsError) && !(error instanceof TypeError)) throw error;
}

function recordOf(message: Message, queueArn: string) {
  return {
    messageId: message.MessageId,
    receiptHandle: message.ReceiptHandle,
    body: message.Body,
    attributes: message.Attributes ?? {},
    messageAttributes: Object.fromEntries(
      Object.entries(message.MessageAttributes ?? {}).map(([name, attribute]) => [name, lowerFirst(attribute)]),
    ),
    md5OfBody: message.MD5OfBody,
    eventSource: 'aws:sqs',
    eventSourceARN: queueArn,
    awsRegion: REGION,
  };
}

/** `{StringValue, DataType}` → `{stringValue, dataType}`, with the lists that Lambda always adds. */
function lowerFirst(attribute: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const renamed = Object.entries(attribute).map(([name, value]) => [
    name.charAt(0).toLowerCase() + name.slice(1),
    value,
  ]);
  return { stringListValues: [], binaryListValues: [], ...Object.fromEntries(renamed) };
}

/** Filters look into a body that is JSON. */
function withParsedBody(record: SqsRecord): unknown {
  try {
    return { ...record, body: JSON.parse(record.body) };
  } catch {
    return record;
  }
}
