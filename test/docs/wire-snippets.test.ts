// The code of the wire document: one piece for each profile, direction and language, short, and constant-time.
import { describe, expect, test } from 'vitest';
import { INBOUND_PROFILES, OUTBOUND_PROFILES } from '../../lib/protocol/profiles/profiles.ts';
import { FENCES } from './wire-document.ts';

const LANGUAGES = { sign: ['js', 'python', 'sh'], verify: ['js', 'python'] } as const;
/** Code that surrounds the signers, and the verifier that uses a library. */
const OTHERS = [
  'js send',
  'python send',
  'sh variables',
  'sh print public key',
  'sh read link-peeler',
  'sh read rfc9421',
  'js verify standard-webhooks library',
];

const code = FENCES.filter(({ info }) => !info.startsWith('text '));

describe('the code of the wire document', () => {
  test('exists for every profile in each of its directions', () => {
    const signers = INBOUND_PROFILES.flatMap((id) => LANGUAGES.sign.map((language) => `${language} sign ${id}`));
    const verifiers = OUTBOUND_PROFILES.flatMap((id) => LANGUAGES.verify.map((language) => `${language} verify ${id}`));
    expect(code.map(({ info }) => info).toSorted()).toEqual([...signers, ...verifiers, ...OTHERS].toSorted());
  });

  test('has the same arguments in every Python signer, so that they are interchangeable', () => {
    const heads = code
      .filter(({ info }) => info.startsWith('python sign '))
      .map(({ text }) => /^def sign\(.*$/m.exec(text)?.[0]);
    expect(heads).toHaveLength(INBOUND_PROFILES.length);
    expect(new Set(heads).size).toBe(1);
  });

  test.each(code)('is short: $info', ({ text }) => {
    expect(text.trim().split('\n').length).toBeLessThanOrEqual(20);
  });

  test.each(code.filter(({ info }) => / verify [a-z-]+$/.test(info)))(
    'compares in constant time: $info',
    ({ text }) => {
      expect(text).toMatch(/timingSafeEqual\(|hmac\.compare_digest\(/);
      expect(text).not.toMatch(/\bexpected ===?|===? expected\b(?!\.length)/);
    },
  );
});
