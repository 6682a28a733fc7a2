// The key ring in Secrets Manager: seldom read, kept through an outage, and never quoted.
import { GetSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { expect, it } from 'vitest';
import { createKeyRings } from '../../lib/aws/secrets-key-ring.ts';
import { LIMITS } from '../../lib/relay/limits.ts';
import { NOW, SECOND } from '../relay/samples.ts';
import { commandsOf, recordedSecretsManager } from './recorded-client.ts';

const RING = JSON.stringify({ 1: 'ab'.repeat(32) });

function ready() {
  const { secrets, client } = recordedSecretsManager();
  secrets.on(GetSecretValueCommand).resolves({ SecretString: RING });
  const world = { nowMs: NOW };
  return { secrets, world, rings: createKeyRings(client, 'arn:ring', () => world.nowMs) };
}

it('reads the current value once in five minutes', async () => {
  const { secrets, world, rings } = ready();
  await rings.read();
  world.nowMs += LIMITS.ringCacheSeconds * SECOND - 1;
  await rings.read();
  expect(commandsOf(secrets)).toEqual([['GetSecretValueCommand', { SecretId: 'arn:ring' }]]);
  world.nowMs += 1;
  await rings.read();
  expect(secrets.calls()).toHaveLength(2);
});

it('asks a service that does not answer once in a while, not at every request', async () => {
  const { secrets, world, rings } = ready();
  const first = await rings.read();
  secrets.on(GetSecretValueCommand).rejects(new Error('down'));
  world.nowMs += LIMITS.ringCacheSeconds * SECOND;
  for (let requests = 0; requests < 5; requests += 1) expect(await rings.read()).toBe(first);
  expect(secrets.calls()).toHaveLength(2);
  world.nowMs += LIMITS.ringRetrySeconds * SECOND;
  secrets.on(GetSecretValueCommand).resolves({ SecretString: JSON.stringify({ 2: 'cd'.repeat(32) }) });
  expect((await rings.read()).current).toBe(2);
});

it('asks again at once when nothing was ever read', async () => {
  const { secrets, rings } = ready();
  secrets.on(GetSecretValueCommand).rejects(new Error('down'));
  await expect(rings.read()).rejects.toThrow('Secrets Manager did not answer');
  secrets.on(GetSecretValueCommand).resolves({ SecretString: RING });
  expect((await rings.read()).current).toBe(1);
});

it('keeps the last ring when the stored value has become unreadable', async () => {
  const { secrets, world, rings } = ready();
  await rings.read();
  secrets.on(GetSecretValueCommand).resolves({ SecretString: 'spoiled' });
  world.nowMs += LIMITS.ringCacheSeconds * SECOND;
  expect((await rings.read()).current).toBe(1);
});

it('refuses a secret without text', async () => {
  const { secrets, rings } = ready();
  secrets.on(GetSecretValueCommand).resolves({});
  await expect(rings.read()).rejects.toThrow('The key ring is not JSON.');
});

it('reads again for a master that it has not, but not at every request', async () => {
  const { secrets, world, rings } = ready();
  await rings.read();
  world.nowMs += LIMITS.ringRetrySeconds * SECOND;
  for (let requests = 0; requests < 5; requests += 1) expect((await rings.read(2)).current).toBe(1);
  expect(secrets.calls()).toHaveLength(2);
  secrets
    .on(GetSecretValueCommand)
    .resolves({ SecretString: JSON.stringify({ 1: 'ab'.repeat(32), 2: 'cd'.repeat(32) }) });
  world.nowMs += LIMITS.ringRetrySeconds * SECOND;
  expect((await rings.read(1)).current).toBe(1);
  expect((await rings.read(2)).current).toBe(2);
  expect(secrets.calls()).toHaveLength(3);
});
