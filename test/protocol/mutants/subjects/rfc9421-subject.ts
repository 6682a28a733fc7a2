// Mutants of RFC 9421 signatures, with hmac-sha256 and with ed25519.
import type { ReceivedRequest } from '../../../../lib/protocol/http-message.ts';
import { withHeaders } from '../../../support/protocol/claims.ts';
import { clockText } from '../edits/clock-texts.ts';
import {
  componentMutants,
  coveredHeaderMutants,
  movedMutants,
  unknownParameterMutants,
} from '../edits/component-mutants.ts';
import { absenceMutants, credentialMutants, headerMutants } from '../edits/delimited-mutants.ts';
import {
  clockParameterMutants,
  digestMutants,
  inputTextsOf,
  nameParameterMutants,
  signatureTextsOf,
} from '../edits/structured-field-mutants.ts';
import { type BadPart, badParts, distinct, type Mutant, type Subject } from '../mutant.ts';
import {
  baseOf,
  digestOf,
  type Fields,
  goodFields,
  inputOf,
  KEY_ID,
  requestWith,
  type Signer,
  signedRequest,
} from './message-signature.ts';

/** Returns mutants with more than one signature that has our tag. */
function tooMany(good: ReceivedRequest, fields: Fields): readonly Mutant[] {
  const input = inputOf(fields);
  const { 'signature-input': first = '', signature = '' } = good.headers;
  const text = signature.slice('sig='.length);
  const labels = (count: number) => Array.from({ length: count }, (_, index) => `s${index}`);
  const many = (names: readonly string[]) => ({
    'signature-input': [first, ...names.map((name) => `${name}=${input}`)].join(', '),
    signature: [signature, ...names.map((name) => `${name}=${text}`)].join(', '),
  });
  const changes: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    'two of ours': many(labels(1)),
    'a hundred of ours': many(labels(100)),
    'two of ours, the second without a signature': { 'signature-input': many(labels(1))['signature-input'] },
    'two of ours, the second with another nonce': {
      'signature-input': `${first}, other=${input.replace('nonce-', 'nonce_')}`,
      signature: `${signature}, other=${text}`,
    },
    'one signature under two labels of ours': { 'signature-input': `${first}, sig2=${input}` },
  };
  return Object.entries(changes).map(([name, headers]) => ({
    kind: 'too many signatures',
    name,
    message: withHeaders(good, headers),
  }));
}

/** The order of the group. A signature plus this number is accepted too, unless the verifier checks the range. */
const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;

function malleableTexts(signature: Buffer): readonly BadPart[] {
  const scalar = BigInt(`0x${Buffer.from(signature.subarray(32)).reverse().toString('hex')}`) + ORDER;
  const bytes = Buffer.from(scalar.toString(16).padStart(64, '0'), 'hex').reverse();
  const text = Buffer.concat([signature.subarray(0, 32), bytes]).toString('base64');
  return badParts('non-canonical encoding', { 'the order of the group added to it': `sig=:${text}:` });
}

function values(signer: Signer, good: Fields): readonly Mutant[] {
  const signature = signer.signBytes(baseOf(good));
  const flipped = Buffer.from(signature);
  flipped.writeUInt8(flipped.readUInt8(0) ^ 1, 0);
  const request = requestWith(good, signature);
  const other = Buffer.from('{"other":true}');
  const messages: Readonly<Record<string, ReceivedRequest>> = {
    'another body': { ...request, body: other },
    'a line feed after the body': { ...request, body: Buffer.concat([good.body, Buffer.from('\n')]) },
    'another body with its digest': requestWith({ ...good, body: other, digest: digestOf(other) }, signature),
    'the body removed': { ...request, body: Buffer.alloc(0) },
    'another method': { ...request, method: 'DELETE' },
    'the method in lower case': { ...request, method: 'post' },
    'another path': { ...request, path: '/api/links/cancel' },
    'a slash after the path': { ...request, path: '/api/links/fetch/' },
    'another query': { ...request, query: 'dry=0' },
    'no query': { ...request, query: '' },
    'a bit of the signature': requestWith(good, flipped),
    'a signature of zeros': requestWith(good, Buffer.alloc(signature.length)),
    'another content type': withHeaders(request, { 'content-type': 'text/plain' }),
    'signed with a line feed after the base': requestWith(good, signer.signBytes(Buffer.from(`${baseOf(good)}\n`))),
    'signed with CR and LF between the lines': requestWith(
      good,
      signer.signBytes(Buffer.from(baseOf(good).toString().replaceAll('\n', '\r\n'))),
    ),
    'the order of the parameters': withHeaders(request, {
      'signature-input': `sig=${inputOf({ ...good, parameters: good.parameters.toReversed() })}`,
    }),
  };
  return Object.entries(messages).map(([name, message]) => ({ kind: 'another value', name, message }));
}

/** Returns the subject of rfc9421 with this signer's algorithm. */
export function rfc9421Subject(signer: Signer, nowMs: number): Subject {
  const fields = goodFields(signer, nowMs);
  const signature = signer.signBytes(baseOf(fields));
  const good = requestWith(fields, signature);
  const otherHosts = {
    'in upper case': 'RELAY.EXAMPLE',
    'with a port': 'relay.example:443',
    'with a dot': 'relay.example.',
  };
  const mutants: readonly Mutant[] = [
    ...clockParameterMutants(signer, fields, nowMs),
    ...nameParameterMutants(signer, fields),
    ...unknownParameterMutants(signer, fields),
    ...headerMutants(good, 'signature-input', inputTextsOf(fields)),
    ...headerMutants(good, 'signature', signatureTextsOf(signer, fields)),
    ...(signer.algorithm === 'ed25519' ? headerMutants(good, 'signature', malleableTexts(signature)) : []),
    ...digestMutants(signer, fields),
    ...componentMutants(signer, fields),
    ...coveredHeaderMutants(signer, fields),
    ...movedMutants(signer, fields),
    ...tooMany(good, fields),
    ...absenceMutants(good, ['signature-input', 'signature', 'content-digest']),
    ...Object.entries(otherHosts).map(([what, authority]) => ({
      kind: 'outside the grammar' as const,
      name: `the host ${what}`,
      message: { ...good, authority },
    })),
    ...credentialMutants(good),
    ...values(signer, fields),
  ];
  const others: readonly Partial<Fields>[] = [
    { parameters: fields.parameters.map(([name, text]) => [name, name === 'nonce' ? '"another-nonce-0001"' : text]) },
    { parameters: [...fields.parameters, ['expires', clockText('s', nowMs + 60_000)]] },
    { label: 'other', components: fields.components.toReversed() },
    { target: { method: 'DELETE', path: '/api/links/job_x', query: '' } },
  ];
  return {
    name: `rfc9421 with ${signer.algorithm}`,
    form: 'structured fields',
    profile: 'rfc9421',
    nowMs,
    keyId: KEY_ID,
    algorithm: signer.algorithm,
    material: signer.material,
    secret: signer.secret,
    good,
    alsoGood: others.map((other) => signedRequest(signer, { ...fields, ...other })),
    mutants: distinct(mutants),
    reads: Object.keys(good.headers),
    without: {},
    // A byte sequence may have any length. If it is not a signature of the algorithm, the signature is wrong.
    alsoAllowed: {
      'wrong length': ['signature_invalid'],
      'wrong encoding': ['signature_invalid'],
      'non-canonical encoding': ['signature_invalid'],
      // A member whose tag was moved away does not have our tag.
      'separators moved': ['signature_missing'],
    },
  };
}
