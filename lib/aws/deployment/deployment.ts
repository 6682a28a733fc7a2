// What an operator's tools must know of one deployment.

export interface Deployment {
  readonly stage: string;
  /** Scheme and host, without a slash at the end. */
  readonly apiUrl: string;
  readonly tableName: string;
  /** The start of each job queue's URL; `<accountId>-<pool>` follows. */
  readonly jobQueueUrlPrefix: string;
  readonly deliveryQueueUrl: string;
  readonly deliveryDeadLetterQueueUrl: string;
  readonly eventDeadLetterQueueUrl: string;
  readonly inboundRingArn: string;
  readonly outboundRingArn: string;
  /** CIDR ranges beyond the public internet that deliveries may go to. Only the laptop has any. */
  readonly allowCidrs?: readonly string[] | undefined;
}
