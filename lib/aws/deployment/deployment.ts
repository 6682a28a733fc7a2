// What one deployment is made of, as far as an operator's tools must know it.

export interface Deployment {
  readonly stage: string;
  /** Scheme and host, no slash at the end. */
  readonly apiUrl: string;
  readonly tableName: string;
  /** A queue's URL is this followed by `<accountId>-<pool>`. */
  readonly jobQueueUrlPrefix: string;
  readonly deliveryQueueUrl: string;
  readonly deliveryDeadLetterQueueUrl: string;
  readonly eventDeadLetterQueueUrl: string;
  readonly inboundRingArn: string;
  readonly outboundRingArn: string;
  /** Ranges that deliveries may go to besides the public internet. None but the laptop has any. */
  readonly allowCidrs?: readonly string[] | undefined;
}
