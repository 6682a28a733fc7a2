// The error for one entry of a batch call that SQS rejected although the call itself succeeded.
import type { BatchResultErrorEntry } from '@aws-sdk/client-sqs';
import { DependencyUnavailable } from '../../relay/model/ports.ts';

type Refused = Pick<BatchResultErrorEntry, 'Code'>;

/**
 * Returns the failure of one entry as any other failure of the service. It carries the entry's code. The entry's
 * message may quote what we sent, so it never reaches a log.
 */
export function batchEntryError({ Code }: Refused): DependencyUnavailable {
  return new DependencyUnavailable('SQS', {
    cause: Object.assign(new Error('an entry was refused'), { name: bareCode(Code) }),
  });
}

/** Returns the code without the prefix that the old query protocol gives to some codes. */
export function bareCode(code = 'unknown'): string {
  return code.replace(/^AWS\.SimpleQueueService\./, '');
}
