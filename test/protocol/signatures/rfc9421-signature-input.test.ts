// Signature-Input under rfc9421: which parameters, components and members are accepted, and the meaning of spaces and order.
import { describe, expect, test } from 'vitest';
import { parseRfc9421 } from '../../../lib/protocol/signatures/rfc9421.ts';
import { BAD_KEY_IDS, BAD_NONCES, BAD_SECONDS } from '../../support/protocol/bad-texts.ts';
import { answerOf, withHeaders, withoutHeader } from '../../support/protocol/claims.ts';
import {
  answer,
  answerTo,
  COMPONENTS,
  DIGEST,
  GOOD,
  good,
  inputWith,
  list,
  MALFORMED,
  MISSING,
  OK,
  PARAMETERS,
  paramsLine,
  parse,
} from '../../support/protocol/unsigned-request.ts';

test('reads the parts of a request as they were sent', () => {
  const claim = parse(good);
  expect(claim.ok && claim.value).toMatchObject({
    profile: 'rfc9421',
    keyId: 'key-1',
    algorithm: 'ed25519',
    timestampMs: 1_800_000_000_000,
    nonce: 'nonce-0123456789',
    signatures: [Buffer.alloc(64)],
    bodyMatchesDigest: true,
  });
});

describe('a parameter', () => {
  test.each(BAD_SECONDS)('created is refused: $what', ({ text }) => {
    expect(answerTo(inputWith({ created: text }))).toEqual(MALFORMED);
    expect(answerTo(inputWith({ created: `"${text}"` }))).toEqual(MALFORMED);
  });
  test.each(BAD_SECONDS)('expires is refused: $what', ({ text }) =>
    expect(answerTo(GOOD.replace(';nonce', `;expires=${text};nonce`))).toEqual(MALFORMED),
  );
  test.each(BAD_NONCES)('nonce is refused: $what', ({ text }) =>
    expect(answerTo(inputWith({ nonce: `"${text}"` }))).toEqual(MALFORMED),
  );
  test.each(BAD_KEY_IDS)('keyid is refused: $what', ({ text }) =>
    expect(answerTo(inputWith({ keyid: `"${text}"` }))).toEqual(MALFORMED),
  );

  // Without our tag the signature is for somebody else, so ours is missing. With our tag, a fault is malformed.
  const without = (name: string) => (name === 'tag' ? MISSING : MALFORMED);

  test.each(['created', 'nonce', 'keyid', 'alg', 'tag'])('%s is required', (name) => {
    expect(answerTo(inputWith({ [name]: undefined }))).toEqual(without(name));
  });

  test.each(['created', 'nonce', 'keyid', 'alg', 'tag'])('%s must have a value', (name) => {
    expect(answerTo(GOOD.replace(`;${name}=${PARAMETERS[name]}`, `;${name}`))).toEqual(without(name));
  });

  test.each(['nonce', 'keyid', 'alg', 'tag'])('%s must be a string', (name) => {
    const content = (PARAMETERS[name] ?? '').slice(1, -1);
    for (const text of [content, `:${Buffer.from(content).toString('base64')}:`, '?1', '1', `%"${content}"`])
      expect(answerTo(inputWith({ [name]: text }))).toEqual(without(name));
  });

  test.each(['created', 'nonce', 'keyid', 'alg', 'tag'])(
    '%s must not be repeated, with the same value or another',
    (name) => {
      expect(answerTo(`${GOOD};${name}=${PARAMETERS[name]}`)).toEqual(MALFORMED);
      expect(answerTo(`${GOOD};${name}="other"`)).toEqual(MALFORMED);
      expect(answerTo(`${GOOD};${name}`)).toEqual(MALFORMED);
    },
  );

  test.each(['x', 'exp', 'iat', 'created2', 'constructor', 'realm'])('%s is unknown and refused', (name) => {
    expect(answerTo(`${GOOD};${name}=1`)).toEqual(MALFORMED);
    expect(answerTo(`${GOOD};${name}`)).toEqual(MALFORMED);
  });

  test.each([
    'rsa-pss-sha512',
    'rsa-v1_5-sha256',
    'ecdsa-p256-sha256',
    'hmac-sha512',
    'none',
    'ED25519',
    'Ed25519',
    'hmac-sha256 ',
    '',
  ])('alg "%s" is refused', (name) => expect(answerTo(inputWith({ alg: `"${name}"` }))).toEqual(MALFORMED));

  test('keyid must not have escapes', () => {
    expect(answerTo(inputWith({ keyid: '"ke\\y-1"' }))).toEqual(MALFORMED);
    expect(answerTo(inputWith({ keyid: '"key-1\\""' }))).toEqual(MALFORMED);
  });

  test('expires is read in any position', () => {
    for (const text of [`${GOOD};expires=1800000060`, inputWith({}).replace(';nonce', ';expires=1800000060;nonce')]) {
      const claim = parse(withHeaders(good, { 'signature-input': text }));
      expect(claim.ok && claim.value.expiresMs).toBe(1_800_000_060_000);
    }
  });
});

describe('the covered components', () => {
  test.each(COMPONENTS)('must include %s', (required) => {
    expect(answerTo(inputWith({}, list(COMPONENTS.filter((name) => name !== required))))).toEqual(MALFORMED);
  });

  test.each(COMPONENTS)('must not include %s twice', (name) => {
    expect(answerTo(inputWith({}, list([...COMPONENTS, name])))).toEqual(MALFORMED);
  });

  test.each(['req', 'sf', 'bs', 'tr', 'key="a"', 'name="a"', 'x=1'])('must not have a parameter: %s', (parameter) => {
    for (const name of COMPONENTS) {
      const components = list(COMPONENTS).replace(`"${name}"`, `"${name}";${parameter}`);
      expect(answerTo(inputWith({}, components))).toEqual(MALFORMED);
    }
  });

  test.each([
    ['an unknown derived component', '@scheme'],
    ['the whole target', '@target-uri'],
    ['a query parameter', '@query-param'],
    ['the status, which requests do not have', '@status'],
    ['the parameters themselves', '@signature-params'],
    ['an absent header', 'x-not-there'],
    ['a name that every object inherits', 'constructor'],
    ['a name in upper case', 'Content-Type'],
    ['an empty name', ''],
    ['a name with a space', 'content type'],
    ['a name with a colon', 'content-type:'],
  ])('must not include %s', (_what, name) => {
    expect(answerTo(inputWith({}, list([...COMPONENTS, name])))).toEqual(MALFORMED);
  });

  test.each(['()', '"@method"', '@method', '(@method)', '(1 2)', '(("@method"))', '', '("@method"', '"(" )'])(
    'must not be %s',
    (components) => expect(answerTo(inputWith({}, components))).toEqual(MALFORMED),
  );

  test('may include more headers of the request', () => {
    const components = list([...COMPONENTS, 'content-type', 'x-empty']);
    const request = withHeaders(good, {
      'signature-input': inputWith({}, components),
      'content-type': ' application/json\t',
      'x-empty': '',
    });
    const claim = parse(request);
    expect(claim.ok && Buffer.from(claim.value.signedContent).toString()).toBe(
      [
        '"@method": POST',
        '"@authority": relay.example',
        '"@path": /api/links/fetch',
        '"@query": ?',
        `"content-digest": ${DIGEST}`,
        '"content-type": application/json',
        '"x-empty": ',
        `"@signature-params": ${inputWith({}, components).slice(4)}`,
      ].join('\n'),
    );
  });

  test('must not have a value with a line break, which could pass for further lines', () => {
    const components = list([...COMPONENTS, 'x-lines']);
    const headers = { 'signature-input': inputWith({}, components), 'x-lines': 'a\n"@path": /other' };
    expect(answer(headers)).toEqual(MALFORMED);
  });
});

describe('Signature-Input with several members', () => {
  test('ignores members without our tag, with any components', () => {
    for (const other of ['a=();tag="other"', 'a=("x";sf);created=1', 'a=1', 'a;x=1', 'a="sig=()"', 'a=("@path";req)'])
      expect([other, answerTo(`${other}, ${GOOD}`), answerTo(`${GOOD}, ${other}`)]).toEqual([other, OK, OK]);
  });

  test('is refused with two members that have our tag, in any spelling', () => {
    for (const second of [
      GOOD.replace('sig=', 'two='),
      'two=();tag="signet"',
      'two=("@method");nonce=")";tag="signet"',
      'two=("@method");tag="signet";nonce=")"',
      'two=("@method");tag="other";tag="signet"',
      'two=("@method");tag="signet";tag="other"',
      'two=1;tag="signet"',
      'two;tag="signet"',
    ])
      expect([second, answerTo(`${GOOD}, ${second}`), answerTo(`${second}, ${GOOD}`)]).toEqual([
        second,
        MALFORMED,
        MALFORMED,
      ]);
  });

  test('is refused with a repeated label, also when only one member has our tag', () => {
    expect(answerTo(`${GOOD}, ${GOOD}`)).toEqual(MALFORMED);
    expect(answerTo(`${GOOD}, sig=();tag="other"`)).toEqual(MALFORMED);
    expect(answerTo(`sig=();tag="other", ${GOOD}`)).toEqual(MALFORMED);
    expect(answerTo(`${GOOD}, a=1, a=2`)).toEqual(MALFORMED);
    expect(answerTo(`${GOOD}, sig;x=1`)).toEqual(MALFORMED);
    expect(answerTo(`${GOOD}, a;x=1, a;y=1`)).toEqual(MALFORMED);
  });

  test('has no signature for us without our tag; the tag is a string, and its case matters', () => {
    for (const tag of ['"other"', '"Signet"', '"signet "', '"signet-enroll"', 'signet'])
      expect(answerTo(inputWith({ tag }))).toEqual(MISSING);
  });

  test('is read for enrolment only when the caller asks for that tag', () => {
    const enroll = withHeaders(good, { 'signature-input': inputWith({ tag: '"signet-enroll"' }) });
    expect(answerOf(parseRfc9421(enroll, 'signet-enroll'))).toEqual(OK);
    expect(answerOf(parseRfc9421(good, 'signet-enroll'))).toEqual(MISSING);
  });

  test.each(['signet', 'signet-enroll'] as const)(
    'is a missing signature when the field is absent, and malformed when it cannot be parsed: %s',
    (tag) => {
      expect(answerOf(parseRfc9421(withoutHeader(good, 'signature-input'), tag))).toEqual(MISSING);
      for (const text of ['', 'not a dictionary (', `${GOOD}, a=1, a=2`])
        expect(answerOf(parseRfc9421(withHeaders(good, { 'signature-input': text }), tag))).toEqual(MALFORMED);
    },
  );
});

describe('the text of the field', () => {
  test.each([
    ['spaces at the ends', ` ${GOOD} `],
    ['spaces within the list', GOOD.replaceAll('" "', '"   "').replace('(', '(  ').replace(')', '  )')],
    ['spaces before parameters', GOOD.replaceAll(';', '; ')],
    ['tabs around a comma', `a=1\t,\t${GOOD}`],
  ])('may have %s, which are not in the signed canonical form', (_what, text) => {
    expect(paramsLine(text)).toBe(`"@signature-params": ${GOOD.slice(4)}`);
  });

  test.each([
    ['a comma at the end', `${GOOD},`],
    ['a comma at the start', `,${GOOD}`],
    ['two commas', `a=1,,${GOOD}`],
    ['a space before a parameter', GOOD.replace(';created', ' ;created')],
    ['a space before the equals sign', GOOD.replace('created=', 'created =')],
    ['a tab within the list', GOOD.replace('" "', '"\t"')],
    ['names without a space between them', GOOD.replace('" "', '""')],
    ['a line feed after it', `${GOOD}\n`],
    ['a NUL after it', `${GOOD}\0`],
    ['a NUL in a string', GOOD.replace('key-1', 'key\0-1')],
    ['a label in upper case', GOOD.replace('sig=', 'Sig=')],
    ['a label that starts with a digit', GOOD.replace('sig=', '1sig=')],
    ['no label', GOOD.replace('sig=', '')],
    ['single quotes', GOOD.replaceAll('"', "'")],
    ['typographic quotes', GOOD.replaceAll('"', '”')],
    ['an unterminated string', GOOD.slice(0, -1)],
    ['junk after it', `${GOOD}x`],
    ['a parameter name in upper case', GOOD.replace(';created', ';Created')],
  ])('must not have %s', (_what, text) => expect(answerTo(text)).toEqual(MALFORMED));

  test('may have the parameters in another order, which is the order that is signed', () => {
    const reordered = `sig=${list(COMPONENTS)};tag="signet";alg="ed25519";keyid="key-1";nonce="nonce-0123456789";created=1800000000`;
    expect(paramsLine(reordered)).toBe(`"@signature-params": ${reordered.slice(4)}`);
  });
});
