// Who and where the emulated account is: one region, one account, credentials that open nothing.

/** The account is the one fauxqs puts into its queue ARNs. */
export const ACCOUNT_ID = '000000000000';
export const REGION = 'us-east-1';

/** Given to every function: the emulators want some, and check none. */
export const CREDENTIALS = { AWS_ACCESS_KEY_ID: 'laptop', AWS_SECRET_ACCESS_KEY: 'laptop' } as const;

/** An ARN of this account, e.g. `arnOf('lambda', 'function:links')`. */
export function arnOf(service: string, name: string): string {
  return `arn:aws:${service}:${REGION}:${ACCOUNT_ID}:${name}`;
}

/** A name of its own for a resource that the template leaves unnamed; the same at every start. */
export function physicalName(stackName: string, logicalId: string): string {
  return `${stackName}-${logicalId}`.slice(-64);
}
