// The enrolment token: what was made is parsed again, and every other text is refused.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hashToken, makeEnrollmentToken, parseEnrollmentToken } from '../../lib/protocol/enrollment-token.ts';

describe('an enrolment token', () => {
  const secret = 'A'.repeat(43);
  const encode = (fields: unknown) => `set_${Buffer.from(JSON.stringify(fields)).toString('base64url')}`;
  const tokenOf = (u: string, t: string) => encode({ u, t });

  test.each([
    'https://r.example',
    'https://r.example/',
    'https://r.example:8443',
    'http://127.0.0.1:3000',
    'http://localhost:3000',
    'http://[::1]:1',
  ])('contains the URL of its relay: %s', (url) => {
    expect(parseEnrollmentToken(` ${tokenOf(url, secret)}\n`)).toEqual({
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
    tokenOf('https://r.example', secret).slice(0, -5),
    `${tokenOf('https://r.example', secret)} x`,
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

  test('that was made is parsed to its relay and its secret, and has the hash of the secret', () => {
    const { token, tokenSha256 } = makeEnrollmentToken('https://r.example', () => Buffer.alloc(32, 7));
    const parsed = parseEnrollmentToken(token.reveal());
    expect(parsed).toMatchObject({ ok: true, value: { relayUrl: 'https://r.example' } });
    expect(parsed.ok && hashToken(parsed.value.secret)).toBe(tokenSha256);
    expect(String(token)).toBe('***');
  });
});
