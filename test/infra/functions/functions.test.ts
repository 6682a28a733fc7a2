// The template's functions: environment, runtime, timeouts and concurrency.

import { describe, expect, it } from 'vitest';
import { ENVIRONMENT } from '../../../lib/aws/lambda/environment.ts';
import { FUNCTION_NAMES, FUNCTIONS } from '../../../lib/infra/functions/functions.ts';
import { TUNING } from '../../../lib/relay/model/tuning.ts';
import { atPath, flatten, ofType, resourcesOf, synthesize } from '../template.ts';

const resources = resourcesOf(synthesize());
const variablesOf = (name: string) => atPath(resources, `/${name}/Resource`)[1].Properties['Environment'].Variables;

describe.each(FUNCTION_NAMES)('the function %s', (name) => {
  const [, { Properties }] = atPath(resources, `/${name}/Resource`);

  it('has exactly the variables of the environment table', () => {
    const own = Object.keys(variablesOf(name)).filter((variable) => !variable.startsWith('POWERTOOLS_'));
    expect(own.sort()).toEqual([...ENVIRONMENT[name]].sort());
  });

  it('has a Powertools service name with its stage and name', () => {
    expect(variablesOf(name)).toMatchObject({
      POWERTOOLS_SERVICE_NAME: `dev-${name}`,
      POWERTOOLS_METRICS_NAMESPACE: 'SignetRelay',
      POWERTOOLS_LOG_LEVEL: 'INFO',
    });
  });

  it('runs on Node 24 and arm64, and logs JSON to a group with a retention', () => {
    expect(Properties).toMatchObject({ Runtime: 'nodejs24.x', Architectures: ['arm64'], Handler: 'index.handler' });
    expect(Properties['LoggingConfig']).toMatchObject({ LogFormat: 'JSON', ApplicationLogLevel: 'INFO' });
    expect(resources[Properties['LoggingConfig'].LogGroup.Ref]?.Properties['RetentionInDays']).toBe(30);
  });

  it('has no variable that allows private addresses', () => {
    expect(Object.keys(variablesOf(name))).not.toContain('SIGNET_ALLOW_CIDRS');
  });
});

describe('the functions', () => {
  it('match the environment table one to one', () => {
    expect(ofType(resources, 'AWS::Lambda::Function')).toHaveLength(Object.keys(ENVIRONMENT).length);
  });

  it('have their queues’ URLs in their environment, in the form that SQS returns', () => {
    expect(flatten(variablesOf('links')['SIGNET_JOB_QUEUE_URL_PREFIX'])).toBe(
      'https://sqs.<AWS::Region>.<AWS::URLSuffix>/<AWS::AccountId>/signet-dev-jobs-',
    );
    expect(flatten(variablesOf('publish')['SIGNET_DELIVERY_QUEUE_URL'])).toBe(
      `<${atPath(resources, '/Deliveries/Queue/Resource')[0]}>`,
    );
  });

  it('have time for what they wait for, and less than the gateway’s timeout', () => {
    expect(FUNCTIONS.agent.timeoutSeconds).toBeLessThanOrEqual(FUNCTIONS.links.timeoutSeconds);
    expect(FUNCTIONS.deliver.timeoutSeconds * 1_000).toBeGreaterThanOrEqual(2 * TUNING.deliveryTimeoutMs);
    expect(Math.max(FUNCTIONS.links.timeoutSeconds, FUNCTIONS.agent.timeoutSeconds)).toBeLessThan(29);
    expect(FUNCTIONS.sweep.timeoutSeconds).toBeLessThan(60);
  });

  it('finish within the cache expiry that account deletion waits for', () => {
    const longest = Math.max(...(['links', 'agent', 'deliver'] as const).map((name) => FUNCTIONS[name].timeoutSeconds));
    expect(TUNING.cacheExpirySeconds).toBeGreaterThanOrEqual(TUNING.rowCacheSeconds + longest);
  });

  it('reserve concurrency only when a prop sets it', () => {
    const reserved = (props: object) =>
      ofType(resourcesOf(synthesize(props)), 'AWS::Lambda::Function').flatMap(
        ([, { Properties }]) => Properties['ReservedConcurrentExecutions'] ?? [],
      );
    expect(reserved({})).toEqual([]);
    expect(reserved({ reservedConcurrency: { agent: 20 } })).toEqual([20]);
  });
});
