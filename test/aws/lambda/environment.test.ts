// The environment of a function: a missing variable stops it with a message that names all missing ones.
import { expect, it } from 'vitest';
import { ENVIRONMENT, type FunctionName, readEnvironment } from '../../../lib/aws/lambda/environment.ts';

const names = Object.keys(ENVIRONMENT) as FunctionName[];

it.each(names)('names every variable that is missing for the %s function', (name) => {
  expect(() => readEnvironment(name, {})).toThrow(
    `The ${name} function lacks ${ENVIRONMENT[name].join(', ')} in its environment.`,
  );
});

it('treats an empty variable as missing, and never quotes a value', () => {
  const source = { SIGNET_STAGE: 'dev', SIGNET_TABLE_NAME: '', SIGNET_JOB_QUEUE_URL_PREFIX: 'https://secret' };
  expect(() => readEnvironment('sweep', source)).toThrow(
    /^The sweep function lacks SIGNET_TABLE_NAME, SIGNET_DELIVERY_QUEUE_URL in its environment\.$/,
  );
});

it('returns exactly the variables of the function', () => {
  const own = Object.fromEntries(ENVIRONMENT.agent.map((variable) => [variable, `value of ${variable}`]));
  expect(readEnvironment('agent', { ...own, PATH: '/bin', SIGNET_INBOUND_RING_ARN: 'arn' })).toEqual(own);
});

it.each(['agent', 'publish', 'sweep'] as const)('has no key ring for the %s function', (name) => {
  expect(ENVIRONMENT[name].filter((variable) => variable.includes('RING'))).toEqual([]);
});
