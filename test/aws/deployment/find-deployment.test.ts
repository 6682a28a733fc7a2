// Finding a deployment by the tags of its rings: the commands, and the answers to inconclusive tags.
import { ListSecretsCommand, type SecretListEntry } from '@aws-sdk/client-secrets-manager';
import { expect, it } from 'vitest';
import { DEPLOYMENT_TAGS } from '../../../lib/aws/deployment/deployment-tags.ts';
import { findDeployment } from '../../../lib/aws/deployment/find-deployment.ts';
import { commandsOf, recordedSecretsManager } from '../../support/recorded-client.ts';

const { ring: RING, stage: STAGE, ...OTHERS } = DEPLOYMENT_TAGS;

/** Returns a ring whose tag values contain the tag's name and the table's name. */
function ring(direction: string, { stage = 'prod', table = 'one', without = '' } = {}): SecretListEntry {
  const facts = Object.values(OTHERS).map((Key) => ({
    Key,
    Value: Key === OTHERS.tableName ? table : `${table} ${Key}`,
  }));
  const tags = [...facts, { Key: STAGE, Value: stage }, { Key: RING, Value: direction }];
  return {
    Name: `${stage}-${table}-${direction}`,
    ARN: `arn:${stage}:${table}:${direction}`,
    Tags: tags.filter(({ Key }) => Key !== without),
  };
}

function ready(...pages: SecretListEntry[][]) {
  const { secrets, client } = recordedSecretsManager();
  pages.forEach((SecretList, index) => {
    const NextToken = index < pages.length - 1 ? `page ${index + 1}` : undefined;
    const expectedInput = index === 0 ? {} : { NextToken: `page ${index}` };
    secrets.on(ListSecretsCommand, expectedInput).resolves({ SecretList, ...(NextToken && { NextToken }) });
  });
  return { secrets, client };
}

it('filters by tag, page after page, and reads no secret value', async () => {
  const { secrets, client } = ready([ring('inbound')], [], [ring('outbound')]);
  expect((await findDeployment(client, 'prod')).found).toBe('one');
  const Filters = [
    { Key: 'tag-key', Values: ['signet:stage'] },
    { Key: 'tag-value', Values: ['prod'] },
  ];
  expect(commandsOf(secrets)).toEqual([
    ['ListSecretsCommand', { Filters }],
    ['ListSecretsCommand', { Filters, NextToken: 'page 1' }],
    ['ListSecretsCommand', { Filters, NextToken: 'page 2' }],
  ]);
});

it('returns the facts in the tags, and the rings by their ARN', async () => {
  const { client } = ready([ring('outbound'), ring('inbound')]);
  const facts = Object.entries(OTHERS).map(([field, tag]) => [field, tag === OTHERS.tableName ? 'one' : `one ${tag}`]);
  expect(await findDeployment(client, 'prod')).toEqual({
    found: 'one',
    deployment: {
      ...Object.fromEntries(facts),
      stage: 'prod',
      inboundRingArn: 'arn:prod:one:inbound',
      outboundRingArn: 'arn:prod:one:outbound',
    },
  });
});

it('ignores a stage with the same prefix, and a secret that is not a ring', async () => {
  const { client } = ready([ring('inbound', { stage: 'prod2' }), ring('inbound', { without: RING })]);
  expect(await findDeployment(client, 'prod')).toEqual({ found: 'none' });
});

it('names the rings of each deployment when a deleted stack left its own behind', async () => {
  const { client } = ready([ring('inbound'), ring('outbound'), ring('inbound', { table: 'gone' })]);
  expect(await findDeployment(client, 'prod')).toEqual({
    found: 'several',
    deployments: [
      { apiUrl: `one ${OTHERS.apiUrl}`, ringNames: ['prod-one-inbound', 'prod-one-outbound'] },
      { apiUrl: `gone ${OTHERS.apiUrl}`, ringNames: ['prod-gone-inbound'] },
    ],
  });
});

it('does not guess which of two rings for one direction is valid', async () => {
  const earlier = { ...ring('inbound'), Name: 'replaced', ARN: 'arn:replaced' };
  const { client } = ready([earlier, ring('inbound'), ring('outbound')]);
  expect(await findDeployment(client, 'prod')).toMatchObject({
    found: 'several',
    deployments: [
      { ringNames: ['replaced'] },
      { ringNames: ['prod-one-inbound'] },
      { ringNames: ['prod-one-outbound'] },
    ],
  });
});

it('accepts neither value when the two rings have different tags', async () => {
  const other = ring('outbound');
  const Tags = other.Tags?.map((tag) => (tag.Key === OTHERS.apiUrl ? { ...tag, Value: 'https://old.example' } : tag));
  const { client } = ready([ring('inbound'), { ...other, Tags }]);
  const missing = [`the same value of the tag ${OTHERS.apiUrl} on both rings`];
  expect(await findDeployment(client, 'prod')).toEqual({ found: 'incomplete', missing });
});

it.each(Object.entries(OTHERS))('reports that the tag for %s is missing', async (_, tag) => {
  const { client } = ready([ring('inbound', { without: tag }), ring('outbound', { without: tag })]);
  expect(await findDeployment(client, 'prod')).toEqual({ found: 'incomplete', missing: [`the tag ${tag}`] });
});

it.each([
  ['inbound', 'outbound'],
  ['outbound', 'inbound'],
])('reports that only the %s ring exists, and the %s ring is missing', async (there, missing) => {
  const { client } = ready([ring(there)]);
  expect(await findDeployment(client, 'prod')).toEqual({ found: 'incomplete', missing: [`the ${missing} ring`] });
});

it('fails as a dependency when the service does', async () => {
  const { secrets, client } = recordedSecretsManager();
  secrets.on(ListSecretsCommand).rejects(new Error('down'));
  await expect(findDeployment(client, 'prod')).rejects.toThrow('Secrets Manager did not answer');
});
