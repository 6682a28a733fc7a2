// What the template promises about the functions.

import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../lib/api/limits.ts';
import { ENVIRONMENT } from '../../../lib/aws/lambda/environment.ts';
import { FUNCTION_NAMES, FUNCTIONS } from '../../../lib/infra/functions/functions.ts';
import { TUNING } from '../../../lib/relay/model/tuning.ts';
import { atPath, flatten, ofType, resourcesOf, synthesize } from '../template.ts';

const resources = resourcesOf(synthesize());
const variablesOf = (name: string) => atPath(resources, `/${name}/Resource`)[1].Properties['Environment'].Variables;

describe.each(FUNCTION_NAMES)('the function %s', (name) => {
  const [, { Properties }] = atPath(resources, `/${name}/Resource`);

  it('has the variables of the environment table and no other', () => {
    const own = Object.keys(variablesOf(name)).filter((variable) => !variable.startsWith('POWERTOOLS_'));
    expect(own.sort()).toEqual([...ENVIRONMENT[name]].sort());
  });

  it('tells Powertools which function of which stage it is', () => {
    expect(variablesOf(name)).toMatchObject({
      POWERTOOLS_SERVICE_NAME: `dev-${name}`,
      POWERTOOLS_METRICS_NAMESPACE: 'SignetRelay',
      POWERTOOLS_LOG_LEVEL: 'INFO',
    });
  });

  it('runs on Node 24, arm64, and logs JSON to a group that forgets', () => {
    expect(Properties).toMatchObject({ Runtime: 'nodejs24.x', Architectures: ['arm64'], Handler: 'index.handler' });
    expect(Properties['LoggingConfig']).toMatchObject({ LogFormat: 'JSON', ApplicationLogLevel: 'INFO' });
    expect(resources[Properties['LoggingConfig'].LogGroup.Ref]?.Properties['RetentionInDays']).toBe(30);
  });

  it('never has the laptop’s way around the address check', () => {
    expect(Object.keys(variablesOf(name))).not.toContain('SIGNET_ALLOW_CIDRS');
  });
});

describe('the functions', () => {
  it('are as many as the environment table has rows', () => {
    expect(ofType(resources, 'AWS::Lambda::Function')).toHaveLength(Object.keys(ENVIRONMENT).length);
  });

  it('are told where their queues are, in the form SQS gives out', () => {
    expect(flatten(variablesOf('links')['SIGNET_JOB_QUEUE_URL_PREFIX'])).toBe(
      'https://sqs.<AWS::Region>.<AWS::URLSuffix>/<AWS::AccountId>/signet-dev-jobs-',
    );
    expect(flatten(variablesOf('publish')['SIGNET_DELIVERY_QUEUE_URL'])).toBe(
      `<${atPath(resources, '/Deliveries/Queue/Resource')[0]}>`,
    );
  });

  it('have time for what they wait for, and the gateway waits for them', () => {
    expect(FUNCTIONS.agent.timeoutSeconds).toBeGreaterThanOrEqual(LIMITS.pullWaitSeconds + 5);
    expect(FUNCTIONS.deliver.timeoutSeconds * 1_000).toBeGreaterThanOrEqual(2 * TUNING.deliveryTimeoutMs);
    expect(Math.max(FUNCTIONS.links.timeoutSeconds, FUNCTIONS.agent.timeoutSeconds)).toBeLessThan(29);
    expect(FUNCTIONS.sweep.timeoutSeconds).toBeLessThan(60);
  });

  it('that make rows of an account have ended what they began with an old row when a deletion goes on', () => {
    const longest = Math.max(...(['links', 'agent', 'deliver'] as const).map((name) => FUNCTIONS[name].timeoutSeconds));
    expect(TUNING.cacheExpirySeconds).toBeGreaterThanOrEqual(TUNING.rowCacheSeconds + longest);
  });

  it('reserve concurrency only when told', () => {
    const reserved = (props: object) =>
      ofType(resourcesOf(synthesize(props)), 'AWS::Lambda::Function').flatMap(
        ([, { Properties }]) => Properties['ReservedConcurrentExecutions'] ?? [],
      );
    expect(reserved({})).toEqual([]);
    expect(reserved({ reservedConcurrency: { agent: 20 } })).toEqual([20]);
  });
});
