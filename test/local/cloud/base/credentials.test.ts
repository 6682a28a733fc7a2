// The credentials of a data directory, and those of the environment.
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  keepCredentials,
  readEnvironmentCredentials,
  UNCHECKED_CREDENTIALS,
} from '../../../../lib/local/cloud/base/credentials.ts';
import { temporaryFolder } from '../fake-assembly.ts';

test('makes credentials once for a data directory, in a file that only its owner can read', () => {
  const folder = temporaryFolder();
  const made = keepCredentials(folder);
  expect(made.accessKeyId).toMatch(/^LAPTOP[0-9A-F]{14}$/);
  expect(made.secretAccessKey).toMatch(/^[\w-]{40}$/);
  expect(statSync(join(folder, 'credentials.json')).mode & 0o777).toBe(0o600);
  expect(keepCredentials(folder)).toEqual(made);
});

test('makes other credentials for another directory', () => {
  const [one, other] = [keepCredentials(temporaryFolder()), keepCredentials(temporaryFolder())];
  expect(one.accessKeyId).not.toBe(other.accessKeyId);
  expect(one.secretAccessKey).not.toBe(other.secretAccessKey);
});

test.each(['', '{}', '{"accessKeyId":"LAPTOP1"}', '{"accessKeyId":"","secretAccessKey":""}'])(
  'names a file that has no access key and contains %j',
  (text) => {
    const folder = temporaryFolder();
    const file = join(folder, 'credentials.json');
    writeFileSync(file, text);
    expect(() => keepCredentials(folder)).toThrow(`${file} `);
    expect(() => keepCredentials(folder)).toThrow('Remove the data directory to start over.');
  },
);

test('reads the variables of the AWS SDK', () => {
  const variables = { AWS_ACCESS_KEY_ID: 'AKIA1', AWS_SECRET_ACCESS_KEY: 'secret' };
  const read = { accessKeyId: 'AKIA1', secretAccessKey: 'secret' };
  expect(readEnvironmentCredentials(variables)).toEqual(read);
  expect(readEnvironmentCredentials({ ...variables, AWS_SESSION_TOKEN: 'token' })).toEqual({
    ...read,
    sessionToken: 'token',
  });
});

test.each([{}, { AWS_ACCESS_KEY_ID: 'AKIA1' }, { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' }])(
  'has credentials for an emulator that checks none when the environment has %j',
  (variables) => expect(readEnvironmentCredentials(variables)).toEqual(UNCHECKED_CREDENTIALS),
);
