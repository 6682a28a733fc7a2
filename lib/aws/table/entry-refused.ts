// One entry of a batch call that SQS did not take, while it answered the call itself.
import type { BatchResultErrorEntry } from '@aws-sdk/client-sqs';
import { DependencyUnavailable } from '../../relay/model/ports.ts';

type Refused = Pick<BatchResultErrorEntry, 'Code'>;

/** A failure like any other of the service. The log gets the entry's code; the message may quote what we sent, and stays out. */
export function entryRefused({ Code }: Refused): DependencyUnavailable {
  return new DependencyUnavailable('SQS', {
    cause: Object.assign(new Error('an entry was refused'), { name: bareCode(Code) }),
  });
}

/** Some codes come with the old prefix of the query protocol. */
export function bareCode(code = 'unknown'): string {
  return code.replace(/^AWS\.SimpleQueueService\./, '');
}
