// A secret is never printed, and its key bytes follow the profile's rule.
import { format, inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { deriveHmacKey, KEY_BYTES, Secret } from '../../lib/protocol/secret.ts';

const TEXT = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const secret = new Secret(TEXT);
const nested = { list: [{ secret }], map: new Map([['secret', secret]]), set: new Set([secret]) };

describe('a secret is not printed', () => {
  test.each<readonly [string, () => string]>([
    ['as a string', () => String(secret)],
    ['in a template', () => `${secret}`],
    ['in a concatenation', () => `a${''}`.concat(secret as unknown as string)],
    ['in JSON', () => JSON.stringify(secret)],
    ['in JSON of an object that contains it', () => JSON.stringify({ ...nested, list: [...nested.list, secret] })],
    ['in inspect', () => inspect(secret)],
    ['in inspect of an object that contains it', () => inspect(nested, { depth: null })],
    ['in inspect with hidden properties', () => inspect(nested, { depth: null, showHidden: true })],
    ['in inspect without custom views', () => inspect(nested, { depth: null, customInspect: false, showHidden: true })],
    ['in inspect with getters', () => inspect(secret, { getters: true, showHidden: true, customInspect: false })],
    ['in formatted logs', () => format('%s %o %O %j %d %i', secret, secret, secret, secret, secret, secret)],
    ['in the message of an error', () => inspect(new Error(`bad secret ${secret}`))],
    ['in the cause of an error', () => inspect(new Error('bad secret', { cause: secret }))],
    ['in the properties of an error', () => inspect(Object.assign(new Error('bad'), { secret }))],
    ['in its properties', () => JSON.stringify(Object.getOwnPropertyDescriptors(secret))],
    ['in its entries', () => JSON.stringify([...Object.entries(secret), ...Reflect.ownKeys(secret)])],
    ['in a copy', () => JSON.stringify([{ ...secret }, structuredClone(secret), Object.assign({}, secret)])],
    [
      'in the key that is derived from it',
      () => inspect(deriveHmacKey(secret, 'utf8'), { showHidden: true, depth: null }),
    ],
  ])('%s', (_where, show) => {
    const shown = show();
    expect(shown).not.toContain('MfKQ9r8G');
    expect(shown).not.toContain(Buffer.from(TEXT).toString('hex').slice(0, 16));
    expect(shown).not.toContain(Buffer.from(TEXT).toString('base64').slice(0, 16));
  });

  test('but *** is printed in its place', () => {
    expect(`${secret}`).toBe('***');
    expect(JSON.stringify({ secret })).toBe('{"secret":"***"}');
    expect(inspect(secret)).toBe('Secret(***)');
  });

  test('and reveal returns it', () => {
    expect(secret.reveal()).toBe(TEXT);
  });
});

describe('key bytes', () => {
  test('are the UTF-8 of the whole text with its prefix, under utf8', () => {
    expect(KEY_BYTES.utf8('whsec_äö')).toEqual(Buffer.from('whsec_äö', 'utf8'));
    expect(deriveHmacKey(secret, 'utf8').export()).toEqual(Buffer.from(TEXT));
  });

  test('are the decoded bytes, under base64_after_whsec', () => {
    expect(deriveHmacKey(secret, 'base64_after_whsec').export()).toEqual(Buffer.from(TEXT.slice(6), 'base64'));
  });

  test.each([
    ['without the prefix', 'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'],
    ['with another prefix', 'sk_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'],
    ['with the prefix in upper case', 'WHSEC_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'],
    ['with nothing after the prefix', 'whsec_'],
    ['too short to hold a byte', 'whsec_A'],
    ['with only padding', 'whsec_===='],
    ['in base64url', 'whsec_-_-_'],
    ['without its padding', 'whsec_Zg'],
    ['with tail bits', 'whsec_Zh=='],
    ['with a line feed after it', 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n'],
    ['with a space within', 'whsec_MfKQ 9r8'],
  ])('need a valid text under base64_after_whsec: it throws for a text %s, and does not quote it', (_what, text) => {
    expect(() => deriveHmacKey(new Secret(text), 'base64_after_whsec')).toThrow(
      /^A Standard Webhooks secret is whsec_ followed by base64\.$/,
    );
  });
});
