// Why AWS or the laptop did not answer, in one sentence that says what to do.
import { printable } from '../terminal/layout.ts';

interface Cause {
  readonly pattern: RegExp;
  readonly sentence: string;
}

/** The first whose pattern fits the name, code or text of an error in the chain. */
const CAUSES: readonly Cause[] = [
  {
    pattern: /CredentialsProviderError|Could not load credentials/,
    sentence: 'There are no AWS credentials here: set AWS_PROFILE, or sign in (aws sso login).',
  },
  {
    pattern: /Expired|UnrecognizedClient|InvalidClientTokenId|InvalidSignature|SSOTokenProvider|SignatureDoesNotMatch/,
    sentence: 'AWS does not take these credentials: they have expired or are of another account; sign in again.',
  },
  { pattern: /Region is missing|Region not accepted/, sentence: 'Say in which region the deployment is: AWS_REGION.' },
  {
    pattern: /AccessDenied|NotAuthorized|UnauthorizedOperation/,
    sentence: 'These AWS credentials may not do this: use those of an operator of the deployment.',
  },
  {
    pattern: /Throttl|ProvisionedThroughputExceeded|RequestLimitExceeded|TooManyRequests|LimitExceeded/,
    sentence: 'AWS asks for patience: run the same command again in a minute.',
  },
  {
    pattern:
      /ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|TimeoutError|socket hang up/,
    sentence: 'Nobody answers: is this machine online, and does the laptop cloud (npm start) still run?',
  },
  {
    pattern: /ResourceNotFoundException/,
    sentence: 'A table or a secret of the deployment is gone: was it destroyed, or is it in another region?',
  },
  {
    pattern: /QueueDoesNotExist|NonExistentQueue/,
    sentence: 'A queue is gone: signet queues reconcile makes it again.',
  },
];

const OTHERWISE = 'Run the same command again; if it stays so, look at the AWS health of the region.';

export function describeUnanswered(error: Error): string {
  const chain = chainOf(error);
  const texts = chain.map((one) => `${one.name} ${(one as NodeJS.ErrnoException).code ?? ''} ${one.message}`);
  const known = CAUSES.find(({ pattern }) => texts.some((text) => pattern.test(text)));
  const innermost = chain.at(-1) ?? error;
  return `${error.message}. ${known?.sentence ?? OTHERWISE} (${printable(innermost.name)})`;
}

/** From the outermost to the innermost; of several at once, the first. */
function chainOf(error: Error): Error[] {
  const { cause, errors } = error as Error & { readonly errors?: readonly Error[] };
  const next = cause ?? errors?.[0];
  return next instanceof Error ? [error, ...chainOf(next)] : [error];
}
