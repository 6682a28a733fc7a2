// Texts of imported secrets: which are valid for a profile, and that no refusal repeats a part of a secret.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { INBOUND_PROFILES, OUTBOUND_PROFILES } from '../../../../lib/protocol/profiles/profiles.ts';
import { Secret } from '../../../../lib/protocol/secret.ts';
import { refuseSecretText } from '../../../../lib/relay/operator/keys/secret-text.ts';

const refuse = (text: string, profile: Parameters<typeof refuseSecretText>[1] = 'vouchersx') =>
  refuseSecretText(new Secret(text), profile)?.message;

describe.each([...INBOUND_PROFILES, 'tolinku'] as const)('a secret for %s', (profile) => {
  it.each([
    ['16 characters', 'x'.repeat(16)],
    ['256 characters', 'x'.repeat(256)],
    ['all printable characters', Array.from({ length: 93 }, (_, index) => String.fromCharCode(33 + index)).join('')],
    ['a space inside', 'two words and more'],
    ['whsec_ and no base64', 'whsec_not base64 at all'],
  ])('may have %s', (_what, text) => expect(refuse(text, profile)).toBeUndefined());

  it.each([
    ['no characters', '', 'printable ASCII'],
    ['15 characters', 'x'.repeat(15), '15 bytes'],
    ['257 characters', 'x'.repeat(257), '257 bytes'],
    ['a leading space', ` ${'x'.repeat(16)}`, 'a space at its start or end'],
    ['a trailing space', `${'x'.repeat(16)} `, 'a space at its start or end'],
    ['a line end', `${'x'.repeat(16)}\n`, 'printable ASCII'],
    ['a carriage return', `${'x'.repeat(16)}\r`, 'printable ASCII'],
    ['a tab', `xxxxxxxx\txxxxxxxx`, 'printable ASCII'],
    ['Cyrillic letters', 'пароль-пароль-пароль', 'printable ASCII'],
    ['a NUL', `${'x'.repeat(16)}\0`, 'printable ASCII'],
  ])('is refused with %s', (_what, text, message) => expect(refuse(text, profile)).toContain(message));
});

describe('a secret for standard-webhooks', () => {
  const encoded = (bytes: number) => `whsec_${Buffer.alloc(bytes, 1).toString('base64')}`;

  it.each([16, 24, 32, 64, 256])('may be whsec_ and %i bytes in base64', (bytes) => {
    expect(refuse(encoded(bytes), 'standard-webhooks')).toBeUndefined();
  });

  it.each([
    ['another prefix', 'sk_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAA', 'whsec_ followed by base64'],
    ['no base64', 'whsec_!!!!!!!!!!!!!!!!!!!!!!!!', 'whsec_ followed by base64'],
    ['15 bytes', encoded(15), '15 bytes'],
    ['257 bytes', encoded(257), '257 bytes'],
  ])('is refused with %s', (_what, text, message) => expect(refuse(text, 'standard-webhooks')).toContain(message));
});

it('repeats no part of a secret in a refusal', () => {
  const profiles = fc.constantFrom(...INBOUND_PROFILES, ...OUTBOUND_PROFILES);
  fc.assert(
    fc.property(fc.stringMatching(/^[~#%@ä]{6,300}$/), profiles, (text, profile) => {
      expect(refuse(text, profile) ?? '').not.toContain(text.slice(0, 4));
    }),
  );
});
