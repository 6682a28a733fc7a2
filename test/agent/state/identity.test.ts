// The key on the desktop: only its owner can read it, and it is complete or absent.
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  loadEnrolledIdentity,
  loadIdentity,
  loadOrCreateIdentity,
  saveIdentity,
} from '../../../agent/state/identity.ts';
import { stateDirectory } from '../../../agent/state/state-directory.ts';
import { temporaryDirectory } from '../../support/agent/agent-process.ts';

const mode = (path: string) => (statSync(path).mode & 0o777).toString(8);
const enrollment = { relayUrl: 'https://r.example', agentId: 'agent_1', accountId: 'a', pool: 'p', labels: ['x'] };

describe('an identity', () => {
  test('is created once, for its owner only, and found again', () => {
    using home = temporaryDirectory();
    const directory = join(home.path, 'deep', 'state');
    const made = loadOrCreateIdentity(directory);
    expect(mode(directory)).toBe('700');
    expect(mode(join(directory, 'identity.json'))).toBe('600');
    expect(readdirSync(directory)).toEqual(['identity.json']);
    expect(loadOrCreateIdentity(directory).publicKey).toBe(made.publicKey);
    expect(Buffer.from(made.publicKey, 'base64url')).toHaveLength(32);
  });

  test('keeps its key when the enrolment is stored', () => {
    using home = temporaryDirectory();
    const made = loadOrCreateIdentity(home.path);
    saveIdentity(home.path, { ...made, enrollment });
    expect(loadEnrolledIdentity(home.path)).toMatchObject({ publicKey: made.publicKey, enrollment });
  });

  test('is refused when others can read it, with the command that closes it', () => {
    using home = temporaryDirectory();
    loadOrCreateIdentity(home.path);
    const file = join(home.path, 'identity.json');
    chmodSync(file, 0o640);
    expect(() => loadIdentity(home.path)).toThrow(`chmod 600 ${file}`);
  });

  test('is not stored in a directory that others can enter', () => {
    using home = temporaryDirectory();
    const directory = join(home.path, 'shared');
    mkdirSync(directory, { mode: 0o755 });
    chmodSync(directory, 0o755);
    expect(() => loadOrCreateIdentity(directory)).toThrow(`chmod 700 ${directory}`);
    expect(readdirSync(directory)).toEqual([]);
  });

  test.each(['', 'nonsense', '{}', 'null', '{"privateKeyPem":"x"}'])(
    'is refused, and not changed, when its file contains %j',
    (text) => {
      using home = temporaryDirectory();
      const file = join(home.path, 'identity.json');
      writeFileSync(file, text, { mode: 0o600 });
      expect(() => loadOrCreateIdentity(home.path)).toThrow('is not an identity file');
      expect(readFileSync(file, 'utf8')).toBe(text);
    },
  );

  test('names the command to run when it is not enrolled', () => {
    using home = temporaryDirectory();
    loadOrCreateIdentity(home.path);
    expect(() => loadEnrolledIdentity(home.path)).toThrow('signet-agent enroll <token>');
  });
});

test.each([
  ['linux', {}, '/home/u/.local/state/signet-agent'],
  ['linux', { XDG_STATE_HOME: '/x' }, '/x/signet-agent'],
  ['darwin', {}, '/home/u/Library/Application Support/signet-agent'],
  ['linux', { SIGNET_AGENT_STATE: '/y' }, '/y'],
  ['linux', { SIGNET_AGENT_STATE: '' }, '/home/u/.local/state/signet-agent'],
] as const)('finds the state on %s with %j in %s', (platform, environment, directory) => {
  expect(stateDirectory(undefined, { platform, environment, home: '/home/u' })).toBe(directory);
  expect(stateDirectory('/asked', { platform, environment, home: '/home/u' })).toBe('/asked');
});
