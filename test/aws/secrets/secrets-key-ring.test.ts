// The key ring in Secrets Manager: cached, kept during an outage, and never quoted.

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

/** Returns the text of a ring whose masters are 1 to `newest`. */
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

it('reads again at once for an unknown master, but not within 30 s after such a read did not find it', async () => {
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

it('follows each rotation of the ring at the first request that needs it', async () => {
  const { secrets, world, rings } = ready();
  await rings.read();
  for (const newest of [2, 3, 4]) {
    secrets.on(GetSecretValueCommand).resolves({ SecretString: ringOf(newest) });
    world.nowMs += 1;
    expect((await rings.read(newest)).current).toBe(newest);
  }
  expect(secrets.calls()).toHaveLength(4);
});

it('asks for an unknown master once in 30 s even while the service fails, and keeps the ring', async () => {
  const { secrets, world, rings } = ready();
  await rings.read();
  secrets.on(GetSecretValueCommand).rejects(new Error('throttled'));
  for (let seconds = 0; seconds < 2 * TUNING.ringRetrySeconds; seconds += 1) {
    expect((await rings.read(2)).current).toBe(1);
    world.nowMs += SECOND;
  }
  expect(secrets.calls()).toHaveLength(3);
});

describe('appending a master', () => {
  const CURRENT = { SecretString: RING, VersionId: 'v1', CreatedDate: new Date(NOW) };

  function readyToAppend() {
    const all = ready();
    all.secrets.on(GetSecretValueCommand).resolves(CURRENT);
    all.secrets.on(PutSecretValueCommand).resolves({ VersionId: 'v2' });
    all.secrets.on(UpdateSecretVersionStageCommand).resolves({});
    return { ...all, append: async () => all.rings.append(await all.rings.readCurrent(), Buffer.alloc(32, 2)) };
  }

  it('stores the new ring as pending, and then promotes it in place of the version that was read', async () => {
    const { secrets, rings, append } = readyToAppend();
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

  it('returns false when another process has changed the ring', async () => {
    const { secrets, append } = readyToAppend();
    secrets.on(UpdateSecretVersionStageCommand).callsFake(() => {
      secrets.on(GetSecretValueCommand).resolves({ SecretString: ringOf(2), VersionId: 'v3' });
      throw new InvalidParameterException({ message: 'another version has it', $metadata: {} });
    });
    expect(await append()).toBe(false);
  });

  it('returns true when the first try succeeded and only its answer was lost', async () => {
    const { secrets, append } = readyToAppend();
    secrets.on(UpdateSecretVersionStageCommand).callsFake(() => {
      secrets.on(GetSecretValueCommand).resolves({ SecretString: ringOf(2), VersionId: 'v2' });
      throw new InvalidParameterException({ message: 'it has it already', $metadata: {} });
    });
    expect(await append()).toBe(true);
  });

  it('throws when the service fails, which is not a lost race', async () => {
    const { secrets, append } = readyToAppend();
    secrets.on(UpdateSecretVersionStageCommand).rejects(new Error('down'));
    await expect(append()).rejects.toThrow(DependencyUnavailable);
  });
});

it('returns since when the ring has this value', async () => {
  const { secrets, rings } = ready();
  secrets.on(GetSecretValueCommand).resolves({ SecretString: RING, VersionId: 'v1', CreatedDate: new Date(NOW) });
  expect(await rings.readCurrent()).toMatchObject({ revision: 'v1', since: NOW });
});
