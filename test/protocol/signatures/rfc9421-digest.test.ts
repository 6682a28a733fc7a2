// Requests under rfc9421: the digest, the signature member and the host.
import { describe, expect, test } from 'vitest';
import { answerOf, withHeaders, withoutHeader } from '../../support/protocol/claims.ts';
import {
  answer,
  COMPONENTS,
  DIGEST,
  good,
  inputWith,
  list,
  MALFORMED,
  OK,
  parse,
  SIGNATURE,
} from '../../support/protocol/unsigned-request.ts';

describe('Content-Digest', () => {
  test.each([
    ['missing', ''],
    ['of another algorithm only', `sha-512=:${'A'.repeat(86)}==:`],
    ['without the colons', DIGEST.replaceAll(':', '')],
    ['as a string', 'sha-256="RBNvo1WzZ4oRRq0W9+hknpT7T8If536DEMBg9hyq/4o="'],
    ['without a value', 'sha-256'],
    ['of 31 bytes', `sha-256=:${Buffer.alloc(31).toString('base64')}:`],
    ['of 33 bytes', `sha-256=:${Buffer.alloc(33).toString('base64')}:`],
    ['of no bytes', 'sha-256=::'],
    ['with tail bits', DIGEST.replace('4o=', '4p=')],
    ['without padding', DIGEST.replace('=:', ':').replace('4o=:', '4o:')],
    ['in base64url', DIGEST.replaceAll('+', '-').replaceAll('/', '_')],
    ['in hex', `sha-256=:${'a'.repeat(64)}:`],
    ['with a parameter', `${DIGEST};a=1`],
    ['twice', `${DIGEST}, ${DIGEST}`],
    ['twice, joined by the gateway', `${DIGEST},${DIGEST}`],
    ['with a comma at the end', `${DIGEST},`],
    ['as a list of items', ':AAAA:'],
  ])('%s is refused', (_what, text) => expect(answer({ 'content-digest': text })).toEqual(MALFORMED));

  test('is required when there is a body', () => {
    expect(answerOf(parse(withoutHeader(good, 'content-digest')))).toEqual(MALFORMED);
  });

  test('may have other algorithms next to sha-256', () => {
    expect(answer({ 'content-digest': `sha-512=:AAAA:, ${DIGEST}` })).toEqual(OK);
  });

  test('of another body is reported in the claim, so that verification refuses it', () => {
    const claim = parse({ ...good, body: Buffer.from('{ }') });
    expect(claim.ok && claim.value.bodyMatchesDigest).toBe(false);
  });

  test('that is covered must match an empty body too, so that a body cannot be removed', () => {
    const claim = parse({ ...good, body: Buffer.alloc(0) });
    expect(claim.ok && claim.value.bodyMatchesDigest).toBe(false);
  });

  test('is optional without a body, and is not read when it is not covered', () => {
    const bare = inputWith({}, list(COMPONENTS.slice(0, 4)));
    const request = withHeaders({ ...good, body: Buffer.alloc(0) }, { 'signature-input': bare, 'content-digest': '?' });
    expect(answerOf(parse(request))).toEqual(OK);
  });
});

describe('Signature', () => {
  test.each([
    ['missing', ''],
    ['under another label', `other=:${SIGNATURE}==:`],
    ['a string', `sig="${SIGNATURE}=="`],
    ['a token', 'sig=abc'],
    ['an inner list', `sig=(:${SIGNATURE}==:)`],
    ['without a value', 'sig'],
    ['empty', 'sig=::'],
    ['without padding', `sig=:${SIGNATURE}:`],
    ['with tail bits', `sig=:${SIGNATURE.slice(0, -1)}B==:`],
    ['with too much padding', `sig=:${SIGNATURE}===:`],
    ['in base64url', `sig=:${SIGNATURE.slice(0, -1)}_==:`],
    ['with spaces', `sig=:${SIGNATURE} ==:`],
    ['with a parameter', `sig=:${SIGNATURE}==:;a=1`],
    ['twice under our label', `sig=:${SIGNATURE}==:, sig=:${SIGNATURE}==:`],
    ['twice under another label', `sig=:${SIGNATURE}==:, a=:AAAA:, a=:AAAA:`],
    ['twice, once without a value', `sig=:${SIGNATURE}==:, sig;x=1`],
    ['that is not a dictionary', '*'],
    ['cut off', `sig=:${SIGNATURE}`],
    ['with a NUL after it', `sig=:${SIGNATURE}==:\0`],
    ['with a line feed after it', `sig=:${SIGNATURE}==:\n`],
  ])('%s is refused', (_what, text) => expect(answer({ signature: text })).toEqual(MALFORMED));

  test('may have spaces around it, and other members next to it', () => {
    expect(answer({ signature: ` sig=:${SIGNATURE}==: ` })).toEqual(OK);
    expect(answer({ signature: `a=:AAAA:;x=")" ,\tsig=:${SIGNATURE}==:, b` })).toEqual(OK);
  });
});

describe('the host', () => {
  test.each([
    'other.example',
    'relay.example:8443',
    'relay.example.',
    'RELAY.example',
    '',
    'relay.example,relay.example',
  ])('is refused when it is not the gateway’s own name: "%s"', (authority) =>
    expect(answerOf(parse({ ...good, authority }))).toEqual(MALFORMED),
  );

  test('is signed as received', () => {
    const moved = { ...good, authority: 'api.partner.example', gatewayAuthority: 'api.partner.example' };
    const claim = parse(moved);
    expect(claim.ok && Buffer.from(claim.value.signedContent).toString()).toContain(
      '"@authority": api.partner.example\n',
    );
  });
});
