// The environment variables of each function. The template sets exactly these, and the composition roots read them.

/** The variables of each function. */
export const ENVIRONMENT = {
  links: ['SIGNET_STAGE', 'SIGNET_TABLE_NAME', 'SIGNET_JOB_QUEUE_URL_PREFIX', 'SIGNET_INBOUND_RING_ARN'],
  agent: ['SIGNET_STAGE', 'SIGNET_TABLE_NAME', 'SIGNET_JOB_QUEUE_URL_PREFIX'],
  publish: ['SIGNET_STAGE', 'SIGNET_TABLE_NAME', 'SIGNET_DELIVERY_QUEUE_URL'],
  deliver: ['SIGNET_STAGE', 'SIGNET_TABLE_NAME', 'SIGNET_DELIVERY_QUEUE_URL', 'SIGNET_OUTBOUND_RING_ARN'],
  sweep: ['SIGNET_STAGE', 'SIGNET_TABLE_NAME', 'SIGNET_JOB_QUEUE_URL_PREFIX', 'SIGNET_DELIVERY_QUEUE_URL'],
} as const;

export type FunctionName = keyof typeof ENVIRONMENT;
export type VariableName = (typeof ENVIRONMENT)[FunctionName][number];

/**
 * Returns the environment variables of one function. It is called once, at the start of the process.
 * @throws Error that names every missing or empty variable. A misconfigured function must not answer at all.
 */
export function readEnvironment<F extends FunctionName>(
  name: F,
  source: Readonly<Record<string, string | undefined>>,
): Readonly<Record<(typeof ENVIRONMENT)[F][number], string>> {
  const missing = ENVIRONMENT[name].filter((variable) => !source[variable]);
  if (missing.length > 0) throw new Error(`The ${name} function lacks ${missing.join(', ')} in its environment.`);
  return Object.fromEntries(ENVIRONMENT[name].map((variable) => [variable, source[variable]])) as never;
}
