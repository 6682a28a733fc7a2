// The tags on a deployment's key rings. `signet --stage` finds a deployment by them, without another store.

/** The name of each tag. */
export const DEPLOYMENT_TAGS = {
  stage: 'signet:stage',
  /** `inbound` or `outbound`. */
  ring: 'signet:ring',
  tableName: 'signet:table',
  jobQueueUrlPrefix: 'signet:job-queue-url-prefix',
  apiUrl: 'signet:api-url',
  deliveryQueueUrl: 'signet:delivery-queue-url',
  deliveryDeadLetterQueueUrl: 'signet:delivery-dead-letter-queue-url',
  eventDeadLetterQueueUrl: 'signet:event-dead-letter-queue-url',
} as const;
