// Imported secrets in Secrets Manager: cached, kept during an outage, named inside the stage, and never printed.

import {
  CreateSecretCommand,
  DeleteSecretCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  ResourceExistsException,
  ResourceNotFoundException,
} from '@aws-sdk/client-secrets-manager';
import { expect, it } from 'vitest';
import { createImportedSecretStore, createImportedSecrets } from '../../../lib/aws/secrets/imported-secrets.ts';
import { Secret } from '../../../lib/protocol/secret.ts';
import type { SecretName } from '../../../lib/relay/model/key-ring.ts';
import { DependencyUnavailable } from '../../../lib/relay/model/ports.ts';
import { TUNING } from '../../../lib/relay/model/tuning.ts';
import { commandsOf, recordedSecretsManager } from '../../support/recorded-client.ts';
import { NOW, SECOND } from '../../support/relay/samples.ts';

const TEXT = 'canary-of-an-imported-secret';
const PLACE: SecretName = { direction: 'inbound', accountId: 'acme', id: 'acme-shop', version: 1 };
const DIGEST = `0123456789abcdef${'f'.repeat(48)}`;
const NAME = 'signet/dev/imported/inbound/acme/acme-shop/1-0123456789abcdef';
const GONE = new ResourceNotFoundException({ message: 'no such secret', $metadata: {} });

function ready() {
  const { secrets, client } = recordedSecretsManager();
  secrets.on(GetSecretValueCommand).resolves({ SecretString: TEXT });
  const world = { nowMs: NOW };
  const clock = () => world.nowMs;
  return {
    secrets,
    world,
    imported: createImportedSecrets(client, clock),
    store: createImportedSecretStore(client, 'dev', clock),
  };
}

it('are each read by name once in five minutes', async () => {
  const { secrets, world, imported } = ready();
  for (const name of [NAME, NAME, 'another', NAME]) expect((await imported.read(name))?.reveal()).toBe(TEXT);
  expect(commandsOf(secrets)).toEqual([
    ['GetSecretValueCommand', { SecretId: NAME }],
    ['GetSecretValueCommand', { SecretId: 'another' }],
  ]);
  world.nowMs += TUNING.ringCacheSeconds * SECOND;
  await imported.read(NAME);
  expect(secrets.calls()).toHaveLength(3);
});

it('stay cached while the service does not answer, which is asked only once in a while', async () => {
  const { secrets, world, imported } = ready();
  await imported.read(NAME);
  secrets.on(GetSecretValueCommand).rejects(new Error('throttled'));
  world.nowMs += TUNING.ringCacheSeconds * SECOND;
  for (let requests = 0; requests < 5; requests += 1) expect((await imported.read(NAME))?.reveal()).toBe(TEXT);
  expect(secrets.calls()).toHaveLength(2);
});

it('cause a dependency failure when they were never read and the service does not answer, and are read afterwards', async () => {
  const { secrets, imported } = ready();
  secrets.on(GetSecretValueCommand).rejects(new Error('throttled'));
  await expect(imported.read(NAME)).rejects.toThrow(DependencyUnavailable);
  secrets.on(GetSecretValueCommand).resolves({ SecretString: TEXT });
  expect((await imported.read(NAME))?.reveal()).toBe(TEXT);
});

it('are looked up each time when they do not exist, so that a new one is found at once', async () => {
  const { secrets, imported } = ready();
  secrets.on(GetSecretValueCommand).rejects(GONE);
  expect(await imported.read(NAME)).toBeUndefined();
  secrets.on(GetSecretValueCommand).resolves({ SecretString: TEXT });
  expect((await imported.read(NAME))?.reveal()).toBe(TEXT);
});

it('are cached up to a thousand, and the oldest is evicted', async () => {
  const { secrets, imported } = ready();
  for (let index = 0; index <= 1_000; index += 1) await imported.read(`secret-${index}`);
  secrets.resetHistory();
  await imported.read('secret-1000');
  expect(secrets.calls()).toHaveLength(0);
  await imported.read('secret-0');
  expect(secrets.calls()).toHaveLength(1);
});

it('are created inside the stage and direction, with tags that name their owner', async () => {
  const { secrets, store } = ready();
  secrets.on(CreateSecretCommand).resolves({});
  expect(await store.create(PLACE, new Secret(TEXT), DIGEST)).toBe(NAME);
  const Tags = [
    { Key: 'signet:stage', Value: 'dev' },
    { Key: 'signet:imported', Value: 'inbound' },
    { Key: 'signet:account', Value: 'acme' },
  ];
  expect(commandsOf(secrets)).toEqual([['CreateSecretCommand', { Name: NAME, SecretString: TEXT, Tags }]]);
});

it('are removed at once, without a recovery window', async () => {
  const { secrets, store } = ready();
  secrets.on(DeleteSecretCommand).resolves({});
  await store.remove(NAME);
  expect(commandsOf(secrets)).toEqual([['DeleteSecretCommand', { SecretId: NAME, ForceDeleteWithoutRecovery: true }]]);
});

it('can be created and removed repeatedly', async () => {
  const { secrets, store } = ready();
  secrets.on(CreateSecretCommand).rejects(new ResourceExistsException({ message: 'there already', $metadata: {} }));
  secrets.on(DeleteSecretCommand).rejects(GONE);
  expect(await store.create(PLACE, new Secret(TEXT), DIGEST)).toBe(NAME);
  await expect(store.remove(NAME)).resolves.toBeUndefined();
});

it('are listed page after page', async () => {
  const { secrets, store } = ready();
  secrets
    .on(ListSecretsCommand)
    .resolvesOnce({ SecretList: [{ Name: 'one' }], NextToken: 'more' })
    .resolvesOnce({ SecretList: [{ Name: 'two' }] });
  expect(await store.list('acme')).toEqual(['one', 'two']);
  const Values = ['signet/dev/imported/inbound/acme/', 'signet/dev/imported/outbound/acme/'];
  expect(commandsOf(secrets)[0]).toMatchObject(['ListSecretsCommand', { Filters: [{ Key: 'name', Values }] }]);
});

it('never appear in a failure', async () => {
  const { secrets, store } = ready();
  for (const command of [CreateSecretCommand, DeleteSecretCommand, ListSecretsCommand] as const)
    secrets.on(command as typeof CreateSecretCommand).rejects(new Error('down'));
  const calls = [store.create(PLACE, new Secret(TEXT), DIGEST), store.remove(NAME), store.list('acme')];
  for (const { status, ...rest } of await Promise.allSettled(calls)) {
    expect([status, (rest as PromiseRejectedResult).reason]).toEqual(['rejected', expect.any(DependencyUnavailable)]);
    expect(String((rest as PromiseRejectedResult).reason)).not.toContain(TEXT);
  }
});
