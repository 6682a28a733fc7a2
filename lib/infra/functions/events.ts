// From the table's stream to the publish function. Only a terminal job and a month's quota warning become events.
import { Duration, type RemovalPolicy, Validations } from 'aws-cdk-lib';
import { FilterCriteria, type Function as LambdaFunction, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { SqsDlq } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { RelayTable } from '../storage/table.ts';
import { BECAME_TERMINAL, BECAME_WARNED } from './stream-filters.ts';

export interface EventsProps {
  /** What happens to records that could not be published when the stack is deleted. */
  readonly removalPolicy: RemovalPolicy;
}

/** The event source of the publish function, with its dead-letter queue. */
export class Events extends Construct {
  /**
   * Holds the stream position of each discarded record, not the record. `signet events rebuild` derives its event
   * again.
   */
  readonly deadLetterQueue: Queue;

  constructor(scope: Construct, id: string, props: EventsProps) {
    super(scope, id);
    this.deadLetterQueue = new Queue(this, 'DeadLetterQueue', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
      removalPolicy: props.removalPolicy,
    });
    this.acknowledge();
  }

  /**
   * Feeds the stream to the function. It retries until a record is six hours old, not a number of times: a failure here
   * is our own outage, and retries follow each other quickly. Four batches of a shard run at once, so that one record
   * that keeps failing does not stop the shard. The changes of one job stay in order.
   */
  feed(publish: LambdaFunction, table: RelayTable): void {
    table.grantReadStream(publish);
    publish.addEventSourceMapping('Stream', {
      eventSourceArn: table.streamArn,
      startingPosition: StartingPosition.TRIM_HORIZON,
      batchSize: 100,
      parallelizationFactor: 4,
      bisectBatchOnError: true,
      reportBatchItemFailures: true,
      maxRecordAge: Duration.hours(6),
      onFailure: new SqsDlq(this.deadLetterQueue),
      filters: [FilterCriteria.filter(BECAME_TERMINAL), FilterCriteria.filter(BECAME_WARNED)],
    });
  }

  private acknowledge(): void {
    Validations.of(this.deadLetterQueue).acknowledge({
      id: 'AwsSolutions-SQS3',
      reason: 'This is the dead-letter queue of the stream’s event source mapping, which the rule does not recognize.',
    });
  }
}
