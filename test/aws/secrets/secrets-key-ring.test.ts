// The key ring in Secrets Manager: seldom read, kept through an outage, and never quoted.

import {
  GetSecretValueCommand,
  InvalidParameterException,
  PutSecretValueCommand,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import { describe, expect, it } from 'vitest';
import { createKeyRings } from '../../../lib/aws/secrets/secrets-key-ring.ts';
import { DependencyUnavailable } from '../../../lib/relay/model/ports.ts';
import { TUNING } from '../../../lib/relay/model/tuning.ts';
import { commandsOf, recordedSecretsManager } from '../../support/recorded-client.ts';
import { NOW, SECOND } from '../../support/relay/samples.ts';

const RING = JSON.stringify({ 1: 'ab'.repeat(32) });

/** A ring with so many masters. */
const ringOf = (newest: number) =>
  JSON.stringify(Object.fromEntries(Array.from({ length: newest }, (_, index) => [index + 1, 'ab'.repeat(32)])));

function ready() {
  const { secrets, client } = recordedSecretsManager();
  secrets.on(GetSecretValueCommand).resolves({ SecretString: RING });
  const world = { nowMs: NOW };
  return { secrets, world, rings: createKeyRings(client, 'arn:ring', () => world.nowMs) };
}

it('reads the current value once in five minutes', async () => {
  const { secrets, world, rings } = ready();
  await rings.read();
  world.nowMs += TUNING.ringCacheSeconds * SECOND - 1;
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
  world.nowMs += TUNING.ringCacheSeconds * SECOND;
  for (let requests = 0; requests < 5; requests += 1) expect(await rings.read()).toBe(first);
  expect(secrets.calls()).toHaveLength(2);
  world.nowMs += TUNING.ringRetrySeconds * SECOND;
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
  world.nowMs += TUNING.ringCacheSeconds * SECOND;
  expect((await rings.read()).current).toBe(1);
});

it('refuses a secret without text', async () => {
  const { secrets, rings } = ready();
  secrets.on(GetSecretValueCommand).resolves({});
  await expect(rings.read()).rejects.toThrow('The key ring is not JSON.');
});

it('reads again for a master that it has not at once, and after a read in vain not for 30 s', async () => {
  const { secrets, world, rings } = ready();
  await rings.read();
  world.nowMs += 2 * SECOND;
  for (let requests = 0; requests < 5; requests += 1) expect((await rings.read(2)).current).toBe(1);
  expect(secrets.calls()).toHaveLength(2);
  secrets.on(GetSecretValueCommand).resolves({ SecretString: ringOf(2) });
  world.nowMs += TUNING.ringRetrySeconds * SECOND - 1;
  expect((await rings.read(2)).current).toBe(1);
  world.nowMs += 1;
  expect((await rings.read(1)).current).toBe(1);
  expect((await rings.read(2)).current).toBe(2);
  expect(secrets.calls()).toHaveLength(3);
});

it('follows one rotation of the ring after another, each at its first request', async () => {
  const { secrets, world, rings } = ready();
  await rings.read();
  for (const newest of [2, 3, 4]) {
    secrets.on(GetSecretValueCommand).resolves({ SecretString: ringOf(newest) });
    world.nowMs += 1;
    expect((await rings.read(newest)).current).toBe(newest);
  }
  expect(secrets.calls()).toHaveLength(4);
});

it('asks in vain for a master once in 30 s also while the service does not answer, and keeps the ring', async () => {
  const { secrets, world, rings } = ready();
  await rings.read();
  secrets.on(GetSecretValueCommand).rejects(new Error('throttled'));
  for (let seconds = 0; seconds < 2 * TUNING.ringRetrySeconds; seconds += 1) {
    expect((await rings.read(2)).current).toBe(1);
    world.nowMs += SECOND;
  }
  expect(secrets.calls()).toHaveLength(3);
});

describe('a master is appended', () => {
  const CURRENT = { SecretString: RING, VersionId: 'v1', CreatedDate: new Date(NOW) };

  function standing() {
    const all = ready();
    all.secrets.on(GetSecretValueCommand).resolves(CURRENT);
    all.secrets.on(PutSecretValueCommand).resolves({ VersionId: 'v2' });
    all.secrets.on(UpdateSecretVersionStageCommand).resolves({});
    return { ...all, append: async () => all.rings.append(await all.rings.readCurrent(), Buffer.alloc(32, 2)) };
  }

  it('beside the current value first, and then in the place of the version that was read', async () => {
    const { secrets, rings, append } = standing();
    expect(await append()).toBe(true);
    const text = JSON.stringify({ 1: 'ab'.repeat(32), 2: '02'.repeat(32) });
    const where = { SecretId: 'arn:ring' };
    expect(commandsOf(secrets)).toEqual([
      ['GetSecretValueCommand', where],
      ['PutSecretValueCommand', { ...where, SecretString: text, VersionStages: ['AWSPENDING'] }],
      [
        'UpdateSecretVersionStageCommand',
        { ...where, VersionStage: 'AWSCURRENT', MoveToVersionId: 'v2', RemoveFromVersionId: 'v1' },
      ],
    ]);
    expect([(await rings.read()).current, secrets.calls().length]).toEqual([2, 3]);
  });

  it('by another one meanwhile: then this one is not', async () => {
    const { secrets, append } = standing();
    secrets.on(UpdateSecretVersionStageCommand).callsFake(() => {
      secrets.on(GetSecretValueCommand).resolves({ SecretString: ringOf(2), VersionId: 'v3' });
      throw new InvalidParameterException({ message: 'another version has it', $metadata: {} });
    });
    expect(await append()).toBe(false);
  });

  it('although the answer was lost, and the second try found it done', async () => {
    const { secrets, append } = standing();
    secrets.on(UpdateSecretVersionStageCommand).callsFake(() => {
      secrets.on(GetSecretValueCommand).resolves({ SecretString: ringOf(2), VersionId: 'v2' });
      throw new InvalidParameterException({ message: 'it has it already', $metadata: {} });
    });
    expect(await append()).toBe(true);
  });

  it('not while the service fails: that is told, and no lost race', async () => {
    const { secrets, append } = standing();
    secrets.on(UpdateSecretVersionStageCommand).rejects(new Error('down'));
    await expect(append()).rejects.toThrow(DependencyUnavailable);
  });
});

it('says since when the ring is as it is', async () => {
  const { secrets, rings } = ready();
  secrets.on(GetSecretValueCommand).resolves({ SecretString: RING, VersionId: 'v1', CreatedDate: new Date(NOW) });
  expect(await rings.readCurrent()).toMatchObject({ revision: 'v1', since: NOW });
});
