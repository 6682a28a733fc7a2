// What every function shares: the logger, the metrics, the clients' wiring and the middy stack around a handler.
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
import { type BatchHandlers, handleQueueBatch, handleStreamBatch } from '../lib/aws/batch.ts';
import { fromHttpEvent, toHttpResult } from '../lib/aws/http-event.ts';
import { createJournal } from '../lib/aws/journal.ts';
import { sequenceNumberOf } from '../lib/aws/stream-event.ts';
import { createAddressPolicy } from '../lib/net/address-policy.ts';
import { describeFailure } from '../lib/relay/describe-failure.ts';
import type { createFrontDoor } from '../lib/relay/front-door.ts';

const logger = new Logger();
const metrics = new Metrics();

export const clock = (): number => Date.now();
export const journal = createJournal(logger, metrics);

/** Nothing but global unicast when deployed: only the laptop sets the variable, and a test of the template says so. */
export const addressPolicy = createAddressPolicy({
  allowCidrs: (process.env['SIGNET_ALLOW_CIDRS'] ?? '').split(',').filter((cidr) => cidr !== ''),
});

/** Nothing is printed for an invocation without outcomes, such as an idle poll. */
function publishMetrics(): void {
  if (metrics.hasStoredMetrics()) metrics.publishStoredMetrics();
}

/** Logs the invocation's identity, never its event; publishes the metrics of the invocation at its end. */
function compose<Event, Result>() {
  return middy<Event, Result>()
    .use(injectLambdaContext(logger))
    .use({ after: publishMetrics, onError: publishMetrics });
}

export function httpFunction(frontDoor: ReturnType<typeof createFrontDoor>) {
  return compose<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2>().handler(async (event) =>
    toHttpResult(await frontDoor(fromHttpEvent(event))),
  );
}

/** A function fed by a queue: its messages have nothing to do with each other. One that throws comes again. */
export function queueFunction(where: string, handle: (record: SQSRecord) => Promise<void>) {
  return batchFunction(handleQueueBatch<SQSRecord>, { where, handle, idOf: ({ messageId }) => messageId });
}

/** A function fed by a stream: its records come in order, and again from the first that throws. */
export function streamFunction(where: string, handle: (record: DynamoDBRecord) => Promise<void>) {
  return batchFunction(handleStreamBatch<DynamoDBRecord>, { where, handle, idOf: sequenceNumberOf });
}

interface BatchSource<R> {
  readonly where: string;
  readonly handle: (record: R) => Promise<void>;
  readonly idOf: (record: R) => string;
}

function batchFunction<R>(
  handleBatch: (records: readonly R[], handlers: BatchHandlers<R>) => Promise<SQSBatchResponse>,
  { where, handle, idOf }: BatchSource<R>,
) {
  const onFailure = (error: unknown) =>
    journal.record({ event: 'dependency.failed', where, reason: describeFailure(error) });
  return compose<{ readonly Records: readonly R[] }, SQSBatchResponse>().handler(async ({ Records }) =>
    handleBatch(Records, { handle, idOf, onFailure }),
  );
}

export function scheduledFunction(handle: () => Promise<unknown>) {
  return compose<unknown, void>().handler(async () => {
    await handle();
  });
}
