// The key on the desktop, which is owner-only and complete or absent, and the token that enrols it.
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  loadEnrolledIdentity,
  loadIdentity,
  loadOrCreateIdentity,
  saveIdentity,
} from '../../../agent/state/identity.ts';
import { stateDirectory } from '../../../agent/state/state-directory.ts';
import { parseEnrollmentToken } from '../../../lib/protocol/enrollment-token.ts';
import { temporaryDirectory } from '../../support/agent/agent-process.ts';
import { formatToken } from '../../support/agent/fake-relay.ts';

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

describe('an enrolment token', () => {
  const secret = 'A'.repeat(43);
  const encode = (fields: unknown) => `set_${Buffer.from(JSON.stringify(fields)).toString('base64url')}`;

  test.each([
    'https://r.example',
    'https://r.example/',
    'https://r.example:8443',
    'http://127.0.0.1:3000',
    'http://localhost:3000',
    'http://[::1]:1',
  ])('contains the URL of its relay: %s', (url) => {
    expect(parseEnrollmentToken(` ${formatToken(url, secret)}\n`)).toEqual({
      ok: true,
      value: { relayUrl: new URL(url).origin, secret },
    });
  });

  test.each([
    '',
    'set_',
    'nonsense',
    'set_!!!',
    encode(null),
    encode([]),
    encode({ u: 'https://r.example' }),
    encode({ t: secret }),
    encode({ u: 5, t: secret }),
    encode({ u: 'https://r.example', t: `${secret}A` }),
    encode({ u: 'https://r.example', t: 5 }),
    encode({ u: 'http://r.example', t: secret }),
    encode({ u: 'ftp://r.example', t: secret }),
    encode({ u: 'https://u:p@r.example', t: secret }),
    encode({ u: 'https://r.example/path', t: secret }),
    encode({ u: 'https://r.example/?q', t: secret }),
    formatToken('https://r.example', secret).slice(0, -5),
    `${formatToken('https://r.example', secret)} x`,
  ])('is refused when it is malformed: %j', (text) => {
    expect(parseEnrollmentToken(text)).toMatchObject({ ok: false, problem: 'token_malformed' });
  });

  test('never makes the parser throw', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json().map((text) => encode(JSON.parse(text))),
        ),
        (text) => {
          expect(typeof parseEnrollmentToken(text).ok).toBe('boolean');
        },
      ),
    );
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
