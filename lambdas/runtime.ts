// What every function shares: the logger, the metrics, the address policy and the middy stack around a handler.
import { Logger } from '@aws-lambda-powertools/logger';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { Metrics } from '@aws-lambda-powertools/metrics';
import middy from '@middy/core';
import type {
  APIGatewayProxyEventV2,
  APIGatewayProxyStructuredResultV2,
  DynamoDBRecord,
  SQSBatchResponse,
  SQSRecord,
} from 'aws-lambda';
import { handleQueueBatch, handleStreamBatch, type StreamHandlers } from '../lib/aws/lambda/batch.ts';
import { createEventLog } from '../lib/aws/lambda/event-log.ts';
import { fromHttpEvent, toHttpResult } from '../lib/aws/lambda/http-event.ts';
import { sequenceNumberOf } from '../lib/aws/lambda/stream-event.ts';
import { readOwnNetworks } from '../lib/net/own-networks.ts';
import { createTargetPolicy } from '../lib/relay/delivery/target-policy.ts';
import type { createRequestPipeline } from '../lib/relay/http/request-pipeline.ts';
import { describeFailure } from '../lib/relay/model/describe-failure.ts';

const logger = new Logger();
const metrics = new Metrics();

/** Returns the current time in epoch milliseconds. */
export const clock = (): number => Date.now();
/** The event log of this function. */
export const eventLog = createEventLog(logger, metrics);

/**
 * Where deliveries may go. Only the laptop sets the variable; a test of the template proves that no deployed function
 * has it, so these reach only global unicast addresses outside the function's own networks.
 */
export const targets = createTargetPolicy(
  (process.env['SIGNET_ALLOW_CIDRS'] ?? '').split(',').filter((cidr) => cidr !== ''),
  readOwnNetworks,
);
/** Which addresses this function may connect to. */
export const addressPolicy = targets.addresses;

/** Prints nothing for an invocation without outcomes, such as an idle poll. */
function publishMetrics(): void {
  if (metrics.hasStoredMetrics()) metrics.publishStoredMetrics();
}

/**
 * Returns a middy stack. It logs the invocation's identity but never its event, and publishes its metrics at the end.
 */
function compose<Event, Result>() {
  return middy<Event, Result>()
    .use(injectLambdaContext(logger))
    .use({ after: publishMetrics, onError: publishMetrics });
}

/** Returns the handler of a function behind the HTTP API. */
export function httpFunction(pipeline: ReturnType<typeof createRequestPipeline>) {
  return compose<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2>().handler(async (event) =>
    toHttpResult(await pipeline(fromHttpEvent(event))),
  );
}

/**
 * Returns the handler of a function fed by a queue. It handles messages independently, and a message that fails is
 * received again.
 */
export function queueFunction(where: string, handle: (record: SQSRecord) => Promise<void>) {
  const idOf = ({ messageId }: SQSRecord) => messageId;
  return batchFunction<SQSRecord>((records) => handleQueueBatch(records, { handle, idOf, onFailure: noting(where) }));
}

/**
 * Returns the handler of a function fed by a stream. Its records come in order, and again from the first that fails.
 */
export function streamFunction<T>(
  where: string,
  { read, handle }: Pick<StreamHandlers<DynamoDBRecord, T>, 'read' | 'handle'>,
) {
  const handlers = { read, handle, idOf: sequenceNumberOf, onFailure: noting(where) };
  return batchFunction<DynamoDBRecord>((records) => handleStreamBatch(records, handlers));
}

function noting(where: string): (error: unknown) => void {
  return (error) => eventLog.record({ event: 'dependency.failed', where, reason: describeFailure(error) });
}

function batchFunction<R>(handleBatch: (records: readonly R[]) => Promise<SQSBatchResponse>) {
  return compose<{ readonly Records: readonly R[] }, SQSBatchResponse>().handler(async ({ Records }) =>
    handleBatch(Records),
  );
}

/** Returns the handler of a function that a schedule runs. */
export function scheduledFunction(handle: () => Promise<unknown>) {
  return compose<unknown, void>().handler(async () => {
    await handle();
  });
}
