// Why AWS or the laptop did not answer, and what to do about it.
import { printable } from '../../../lib/terminal/layout.ts';

interface Cause {
  readonly pattern: RegExp;
  readonly sentence: string;
}

/** The first row applies whose pattern matches the name, the code or the text of an error in the chain. */
const CAUSES: readonly Cause[] = [
  {
    pattern: /CredentialsProviderError|Could not load credentials/,
    sentence: 'There are no AWS credentials. Set AWS_PROFILE, or sign in (aws sso login).',
  },
  {
    pattern: /Expired|UnrecognizedClient|InvalidClientTokenId|InvalidSignature|SSOTokenProvider|SignatureDoesNotMatch/,
    sentence:
      'AWS does not accept these credentials: they have expired, or they belong to another account. Sign in again.',
  },
  {
    pattern: /Region is missing|Region not accepted/,
    sentence: 'The region is unknown. Set AWS_REGION to the region of the deployment.',
  },
  {
    pattern: /AccessDenied|NotAuthorized|UnauthorizedOperation/,
    sentence: 'These AWS credentials do not have the permission. Use those of an operator of the deployment.',
  },
  {
    pattern: /Throttl|ProvisionedThroughputExceeded|RequestLimitExceeded|TooManyRequests|LimitExceeded/,
    sentence: 'AWS throttles the requests. Run the same command again in a minute.',
  },
  {
    pattern:
      /ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|TimeoutError|socket hang up/,
    sentence: 'There is no connection. Check that this machine is online, and that npm start still runs if you use it.',
  },
  {
    pattern: /ResourceNotFoundException/,
    sentence:
      'A table or a secret of the deployment does not exist. Check the region, and that the stack was not destroyed.',
  },
  {
    pattern: /QueueDoesNotExist|NonExistentQueue/,
    sentence: 'A queue does not exist. Run signet queues reconcile to create it again.',
  },
];

const DEFAULT_SENTENCE = 'Run the same command again. If it fails again, check the AWS health of the region.';

/** Returns the message of the error, what to do, and the name of the innermost cause. */
export function describeUnanswered(error: Error): string {
  const chain = chainOf(error);
  const texts = chain.map((one) => `${one.name} ${(one as NodeJS.ErrnoException).code ?? ''} ${one.message}`);
  const known = CAUSES.find(({ pattern }) => texts.some((text) => pattern.test(text)));
  const innermost = chain.at(-1) ?? error;
  return `${error.message}. ${known?.sentence ?? DEFAULT_SENTENCE} (${printable(innermost.name)})`;
}

/** Returns the errors from the outermost to the innermost. Of an aggregate only the first is followed. */
function chainOf(error: Error): Error[] {
  const { cause, errors } = error as Error & { readonly errors?: readonly Error[] };
  const next = cause ?? errors?.[0];
  return next instanceof Error ? [error, ...chainOf(next)] : [error];
}
