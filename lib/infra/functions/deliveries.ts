// The delivery queue, its dead-letter queue, and the function that empties it.
import { Duration, type RemovalPolicy } from 'aws-cdk-lib';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { FUNCTIONS } from './functions.ts';

/** Lambda's own advice: six times the function's timeout, so that a throttled batch is not handed out twice. */
const VISIBILITY_SECONDS = 6 * FUNCTIONS.deliver.timeoutSeconds;

/** Ten receives of three minutes ride out half an hour of our own outage. A receiver's failure never counts here: its message is done. */
const MAX_RECEIVES = 10;

export interface DeliveriesProps {
  /** What happens to waiting messages when the stack goes. */
  readonly removalPolicy: RemovalPolicy;
}

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

  /** Only SendMessage: `Queue.grantSendMessages` would add two actions that nobody needs. */
  grantSend(grantee: IGrantable): Grant {
    return Grant.addToPrincipal({ grantee, actions: ['sqs:SendMessage'], resourceArns: [this.queue.queueArn] });
  }

  /**
   * Feeds the queue to the function, ten messages at a time, which it sends in parallel: a batch lasts as long as its slowest
   * receiver (10 s), so the slowest case is one delivery a second per concurrent batch. No batch waits for another.
   */
  feed(deliver: LambdaFunction, maxConcurrency: number): void {
    const source = new SqsEventSource(this.queue, { batchSize: 10, maxConcurrency, reportBatchItemFailures: true });
    deliver.addEventSource(source);
  }
}
