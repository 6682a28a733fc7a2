// The identity of the emulated account: one region and one account.

/** The account id that fauxqs puts into its queue ARNs. */
export const ACCOUNT_ID = '000000000000';
/** The region of everything on the laptop. */
export const REGION = 'us-east-1';

/** Returns an ARN of this account, such as `arnOf('lambda', 'function:links')`. */
export function arnOf(service: string, name: string): string {
  return `arn:aws:${service}:${REGION}:${ACCOUNT_ID}:${name}`;
}

/** Returns a unique name for a resource that the template leaves unnamed. It is the same at every start. */
export function physicalName(stackName: string, logicalId: string): string {
  return `${stackName}-${logicalId}`.slice(-64);
}
