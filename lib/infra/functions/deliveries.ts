// The delivery queue, its dead-letter queue, and the event source that feeds the deliver function.
import { Duration, type RemovalPolicy } from 'aws-cdk-lib';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { FUNCTIONS } from './functions.ts';

/**
 * Six times the function's timeout, as the Lambda developer guide advises, so that a throttled batch is not received
 * twice.
 */
const VISIBILITY_SECONDS = 6 * FUNCTIONS.deliver.timeoutSeconds;

/**
 * Ten receives, three minutes apart, outlast an outage of ours of half an hour. A receiver's failure never counts here,
 * because its message is deleted.
 */
const MAX_RECEIVES = 10;

export interface DeliveriesProps {
  /** What happens to waiting messages when the stack is deleted. */
  readonly removalPolicy: RemovalPolicy;
}

/** The queue of deliveries with its dead-letter queue. */
export class Deliveries extends Construct {
  readonly queue: Queue;
  readonly deadLetterQueue: Queue;

  constructor(scope: Construct, id: string, props: DeliveriesProps) {
    super(scope, id);
    const common = {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
      removalPolicy: props.removalPolicy,
    };
    this.deadLetterQueue = new Queue(this, 'DeadLetterQueue', common);
    this.queue = new Queue(this, 'Queue', {
      ...common,
      visibilityTimeout: Duration.seconds(VISIBILITY_SECONDS),
      deadLetterQueue: { queue: this.deadLetterQueue, maxReceiveCount: MAX_RECEIVES },
    });
  }

  /** Grants only SendMessage. `Queue.grantSendMessages` would add two actions that are not needed. */
  grantSend(grantee: IGrantable): Grant {
    return Grant.addToPrincipal({ grantee, actions: ['sqs:SendMessage'], resourceArns: [this.queue.queueArn] });
  }

  /**
   * Feeds the queue to the function in batches of ten, whose deliveries it sends in parallel. A batch takes as long as
   * its slowest receiver (at most 10 s), and no batch waits for another.
   */
  feed(deliver: LambdaFunction, maxConcurrency: number): void {
    const source = new SqsEventSource(this.queue, { batchSize: 10, maxConcurrency, reportBatchItemFailures: true });
    deliver.addEventSource(source);
  }
}
