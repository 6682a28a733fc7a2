// The permissions in the template, and proof that the check of wildcards can fail.
import { describe, expect, it } from 'vitest';
import type { FunctionName } from '../../../lib/aws/lambda/environment.ts';
import { FUNCTION_NAMES } from '../../../lib/infra/functions/functions.ts';
import { atPath, type Resources, resourcesOf, synthesize } from '../template.ts';
import { allowedStatements, findTooWide } from './policy-statements.ts';

const resources = resourcesOf(synthesize());
const PREFIX = 'signet-dev-jobs-';
const IMPORTED = 'secret:signet/dev/imported/';
const ALLOWED = { sqs: [`${PREFIX}*`], secretsmanager: [`${IMPORTED}inbound/*`, `${IMPORTED}outbound/*`] };
const SECRETS = 'arn:<AWS::Partition>:secretsmanager:<AWS::Region>:<AWS::AccountId>:';

/** Returns everything a function may do, as `action on resource`, without writing its own log. */
function permissionsOf(name: FunctionName): string[] {
  const [role] = atPath(resources, `/${name}Role/Resource`);
  return allowedStatements(resources)
    .filter(({ roles }) => roles.includes(role))
    .flatMap(({ actions, resources: on }) =>
      actions.flatMap((action) => on.map((one) => `${action} ${shortName(one)}`)),
    )
    .filter((permission) => !permission.startsWith('logs:'))
    .sort();
}

function shortName(resource: string): string {
  const names = {
    [`<${atPath(resources, '/Relay/Table/Resource')[0]}.Arn>`]: 'table',
    [`<${atPath(resources, '/Relay/Table/Resource')[0]}.StreamArn>`]: 'stream',
    [`<${atPath(resources, '/Deliveries/Queue/Resource')[0]}.Arn>`]: 'deliveries',
    [`<${atPath(resources, '/Events/DeadLetterQueue/Resource')[0]}.Arn>`]: 'dead events',
    [`<${atPath(resources, '/InboundRing/Resource')[0]}>`]: 'inbound ring',
    [`<${atPath(resources, '/OutboundRing/Resource')[0]}>`]: 'outbound ring',
    [`arn:<AWS::Partition>:sqs:<AWS::Region>:<AWS::AccountId>:${PREFIX}*`]: 'job queues',
    [`${SECRETS}${IMPORTED}inbound/*`]: 'imported inbound secrets',
    [`${SECRETS}${IMPORTED}outbound/*`]: 'imported outbound secrets',
  };
  return Object.entries(names).reduce((text, [arn, name]) => text.replace(arn, name), resource);
}

const ROWS = ['GetItem', 'PutItem', 'UpdateItem'].map((action) => `dynamodb:${action} table`);

const EXPECTED: Record<FunctionName, string[]> = {
  links: [
    ...ROWS,
    'dynamodb:BatchGetItem table',
    'dynamodb:Query table',
    'dynamodb:Query table/index/byAccount',
    'sqs:SendMessage job queues',
    'secretsmanager:GetSecretValue inbound ring',
    'secretsmanager:GetSecretValue imported inbound secrets',
  ],
  agent: [
    ...ROWS,
    'dynamodb:BatchGetItem table',
    'dynamodb:Query table',
    'sqs:ReceiveMessage job queues',
    'sqs:DeleteMessage job queues',
    'sqs:ChangeMessageVisibility job queues',
  ],
  publish: [
    'dynamodb:GetItem table',
    'dynamodb:Query table',
    ...['DescribeStream', 'GetRecords', 'GetShardIterator', 'ListStreams'].map((action) => `dynamodb:${action} stream`),
    'sqs:SendMessage deliveries',
    ...['SendMessage', 'GetQueueAttributes', 'GetQueueUrl'].map((action) => `sqs:${action} dead events`),
  ],
  deliver: [
    ...ROWS,
    ...[
      'ReceiveMessage',
      'DeleteMessage',
      'ChangeMessageVisibility',
      'GetQueueAttributes',
      'GetQueueUrl',
      'SendMessage',
    ].map((action) => `sqs:${action} deliveries`),
    'secretsmanager:GetSecretValue outbound ring',
    'secretsmanager:GetSecretValue imported outbound secrets',
  ],
  sweep: [
    ...ROWS,
    'dynamodb:BatchGetItem table',
    'dynamodb:Query table/index/byDue',
    'sqs:SendMessage job queues',
    'sqs:GetQueueAttributes job queues',
    'sqs:SendMessage deliveries',
  ],
};

describe('permissions', () => {
  it('have only the wildcards of the stage’s job queues and imported secrets', () => {
    expect(findTooWide(resources, ALLOWED)).toEqual([]);
  });

  it.each(FUNCTION_NAMES)('of %s are exactly these', (name) => {
    expect(permissionsOf(name)).toEqual([...EXPECTED[name]].sort());
  });

  it.each([
    ['inbound', 'links'],
    ['outbound', 'deliver'],
  ] as const)('grant the %s secrets only to %s', (direction, reader) => {
    for (const what of [`${direction} ring`, `imported ${direction} secrets`])
      expect(
        FUNCTION_NAMES.filter((name) => permissionsOf(name).some((permission) => permission.endsWith(what))),
      ).toEqual([reader]);
  });

  it('are not widened by a resource policy, because none allows anything', () => {
    const roles = FUNCTION_NAMES.map((name) => atPath(resources, `/${name}Role/Resource`)[0]);
    expect(allowedStatements(resources).filter((each) => !each.roles.some((role) => roles.includes(role)))).toEqual([]);
  });
});

describe('the check of wildcards', () => {
  const JOBS = {
    'Fn::Join': ['', ['arn:aws:sqs:', { Ref: 'AWS::Region' }, ':', { Ref: 'AWS::AccountId' }, `:${PREFIX}*`]],
  };
  const allow = (statement: object) => ({ Effect: 'Allow', Action: 'sqs:SendMessage', Resource: JOBS, ...statement });
  const policy = (statement: object, where = 'PolicyDocument'): Resources => ({
    It: { Type: 'AWS::IAM::Policy', Properties: { Roles: [{ Ref: 'R' }], [where]: { Statement: [allow(statement)] } } },
  });

  it('accepts a job-queue wildcard and a denial', () => {
    expect(findTooWide(policy({}), ALLOWED)).toEqual([]);
    expect(findTooWide(policy({ Effect: 'Deny', Action: '*', Resource: '*' }), ALLOWED)).toEqual([]);
  });

  it.each([
    ['a wildcard action', policy({ Action: ['sqs:SendMessage', 'sqs:*'] })],
    ['every resource', policy({ Resource: '*' })],
    ['every index', policy({ Resource: { 'Fn::Join': ['', [{ 'Fn::GetAtt': ['T', 'Arn'] }, '/index/*']] } })],
    ['another stage’s queues', policy({ Resource: 'arn:aws:sqs:r:<AWS::AccountId>:signet-*' })],
    ['the prefix in another service', policy({ Resource: `arn:aws:sns:r:<AWS::AccountId>:${PREFIX}*` })],
    ['another stage’s secrets', policy({ Resource: `${SECRETS}secret:signet/*` })],
    ['imported secrets of both directions', policy({ Resource: `${SECRETS}${IMPORTED}*` })],
    [
      'the secrets’ prefix in another service',
      policy({ Resource: `arn:aws:sqs:r:<AWS::AccountId>:${IMPORTED}inbound/*` }),
    ],
    ['NotAction', policy({ Action: undefined, NotAction: 'iam:*' })],
    ['an inline policy of a role', policy({ Resource: '*' }, 'Policies')],
    [
      'a managed policy',
      { R: { Type: 'AWS::IAM::Role', Properties: { ManagedPolicyArns: ['arn:aws:iam::aws:policy/X'] } } },
    ],
  ])('finds %s', (_, faulty) => {
    expect(findTooWide(faulty, ALLOWED)).not.toEqual([]);
  });
});
