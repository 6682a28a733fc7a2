// The environment variables of each function. The template sets exactly these; the composition roots read exactly these.

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
 * Reads the variables of one function, once, at its start.
 * @throws Error naming every variable that is missing or empty: a misconfigured function must not answer at all.
 */
export function readEnvironment<F extends FunctionName>(
  name: F,
  source: Readonly<Record<string, string | undefined>>,
): Readonly<Record<(typeof ENVIRONMENT)[F][number], string>> {
  const missing = ENVIRONMENT[name].filter((variable) => !source[variable]);
  if (missing.length > 0) throw new Error(`The ${name} function lacks ${missing.join(', ')} in its environment.`);
  return Object.fromEntries(ENVIRONMENT[name].map((variable) => [variable, source[variable]])) as never;
}
