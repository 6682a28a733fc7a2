// The wire document's section on rfc9421: its components and parameters are those that the code requires and accepts.
import { createSecretKey } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { ReceivedRequest } from '../../lib/protocol/http-message.ts';
import { parseSignedRequest } from '../../lib/protocol/signatures/parse-request.ts';
import { signRfc9421 } from '../../lib/protocol/signatures/rfc9421.ts';
import { requiredComponents } from '../../lib/protocol/signatures/signature-base.ts';
import { answerOf, requestOf, withHeaders } from '../support/protocol/claims.ts';
import { quoted, section, tablesUnder } from './wire-document.ts';

const [components = [], parameters = []] = tablesUnder('The profile rfc9421');

const unsigned = requestOf({ headers: { 'content-type': 'application/json' } });
const key = { keyId: 'key-1', algorithm: 'hmac-sha256', secretKey: createSecretKey('secret', 'utf8') } as const;
const moment = { timestampMs: 1_800_000_000_000, nonce: 'nonce-0123456789', tag: 'signet' } as const;
const good = withHeaders(unsigned, signRfc9421(unsigned, key, moment).headers);

/** Returns the request with an edited Signature-Input. The form is checked before the signature. */
function edited(edit: (input: string) => string): ReceivedRequest {
  return withHeaders(good, { 'signature-input': edit(good.headers['signature-input'] ?? '') });
}

const problemOf = (request: ReceivedRequest) => {
  const answer = answerOf(parseSignedRequest(request));
  return answer.ok ? 'none' : answer.problem;
};

describe('the components', () => {
  test('are those that a signature must cover, with a body and without', () => {
    const named = (when: RegExp) =>
      components.filter(([, covered = '']) => when.test(covered)).map(([name]) => quoted(name)[0]);
    expect(named(/always/)).toEqual(requiredComponents(Buffer.alloc(0)));
    expect(named(/./)).toEqual(requiredComponents(Buffer.from('x')));
  });

  test.each(requiredComponents(Buffer.from('x')))('%s must be covered', (name) => {
    expect(problemOf(edited((input) => input.replace(new RegExp(` ?"${name}"`), '')))).toBe('request_malformed');
  });
});

describe('the parameters', () => {
  const names = parameters.map(([name]) => quoted(name)[0] ?? '');
  const without = (name: string) => edited((input) => input.replace(new RegExp(`;${name}=("[^"]*"|[0-9]+)`), ''));

  test('are the only ones that a request may have', () => {
    expect(names.length).toBe(6);
    expect(problemOf(edited((input) => `${input};expires=1800000060`))).toBe('none');
    expect(problemOf(edited((input) => `${input};context="x"`))).toBe('request_malformed');
  });

  test.each(parameters)('%s is %s', (name, present) => {
    const expected = present === 'optional' ? 'none' : name === '`tag`' ? 'signature_missing' : 'request_malformed';
    expect(problemOf(without(quoted(name)[0] ?? ''))).toBe(expected);
  });

  test.each(parameters)('%s must not be repeated', (name) => {
    const text = quoted(name)[0];
    const value = text === 'created' || text === 'expires' ? '1800000001' : '"nonce-9876543210"';
    const twice = edited((input) => `${input};${text}=${value};${text}=${value}`);
    expect(problemOf(twice)).toBe('request_malformed');
  });

  test('have the types that the table states', () => {
    const integers = parameters
      .filter(([, , value]) => value?.startsWith('an integer'))
      .map(([name]) => quoted(name)[0]);
    expect(integers).toEqual(['created', 'expires']);
    expect(problemOf(edited((input) => input.replace('created=1800000000', 'created="1800000000"')))).toBe(
      'request_malformed',
    );
    expect(problemOf(edited((input) => input.replace('created=1800000000', 'created=1800000000.0')))).toBe(
      'request_malformed',
    );
    expect(problemOf(edited((input) => input.replace('nonce="nonce-0123456789"', 'nonce=1234567890123456')))).toBe(
      'request_malformed',
    );
  });
});

describe('the parameters of components', () => {
  const listed = quoted(
    /Refused as[\s\S]*?parameters of components \(([^)]*)\)/.exec(section('The profile rfc9421'))?.[1],
  );

  test.each(listed)('%s is refused', (text) => {
    const parameter = text.slice(text.indexOf(';'));
    const value = parameter === ';key' ? ';key="a"' : parameter;
    expect(problemOf(edited((input) => input.replace('"@path"', `"@path"${value}`)))).toBe('request_malformed');
  });

  test('are the five of RFC 9421', () => {
    expect(listed).toHaveLength(5);
  });
});
