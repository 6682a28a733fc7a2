// Signature Version 4: the vectors of AWS, and everything that one changed byte must spoil.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type AwsRequest,
  checkAwsSignature,
  SIGNATURE_HEADERS,
  signAwsRequest,
} from '../../../../lib/local/cloud/base/signature-v4.ts';

/** The credentials, the time and the host of AWS's "Signature Version 4 test suite". */
const SUITE = {
  credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' },
  headers: { host: 'example.amazonaws.com', 'x-amz-date': '20150830T123600Z' },
  signer: { region: 'us-east-1', service: 'service', timestampMs: Date.UTC(2015, 7, 30, 12, 36) },
};

const VECTORS: readonly (readonly [string, Partial<AwsRequest>, string])[] = [
  ['get-vanilla', {}, '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31'],
  [
    'get-vanilla-query-order-key-case',
    { target: '/?Param2=value2&Param1=value1' },
    'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500',
  ],
  [
    'get-vanilla-empty-query-key',
    { target: '/?Param1=value1' },
    'a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb',
  ],
  [
    'get-header-key-duplicate',
    { headers: { 'my-header1': ['value2', 'value2', 'value1'] } },
    'c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea',
  ],
  [
    'get-header-value-trim',
    { headers: { 'my-header1': ' value1', 'my-header2': ' "a   b   c"' } },
    'acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736',
  ],
  ['post-vanilla', { method: 'POST' }, '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b'],
  [
    'post-vanilla-query',
    { method: 'POST', target: '/?Param1=value1' },
    '28038455d6de14eafc1f9222cf5aa6f1a96197d7deb8263271d420d138af7f11',
  ],
  [
    'post-x-www-form-urlencoded',
    { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: 'Param1=value1' },
    'ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a',
  ],
];

function vectorRequest(changes: Partial<AwsRequest>, signature: string): AwsRequest {
  const headers = { ...SUITE.headers, ...changes.headers };
  const credential = `${SUITE.credentials.accessKeyId}/20150830/us-east-1/service/aws4_request`;
  const authorization = `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${Object.keys(headers).sort().join(';')}, Signature=${signature}`;
  return { method: 'GET', target: '/', body: '', ...changes, headers: { ...headers, authorization } };
}

describe('the vectors of AWS', () => {
  it.each(VECTORS)('accepts %s, and refuses it with one changed digit', (_name, changes, signature) => {
    expect(checkAwsSignature(vectorRequest(changes, signature), SUITE.credentials)).toBeUndefined();
    const other = `${signature.slice(0, -1)}${signature.endsWith('0') ? '1' : '0'}`;
    expect(checkAwsSignature(vectorRequest(changes, other), SUITE.credentials)?.name).toBe('InvalidSignatureException');
  });

  it.each(VECTORS.filter(([, { headers = {} }]) => !('my-header1' in headers)))(
    'signs %s',
    (_name, changes, signature) => {
      const { authorization, ...unsigned } = vectorRequest(changes, signature).headers;
      const request = { method: 'GET', target: '/', body: '', ...changes, headers: unsigned };
      expect(signAwsRequest(request, { ...SUITE.signer, credentials: SUITE.credentials })['authorization']).toBe(
        authorization,
      );
    },
  );
});

const CREDENTIALS = { accessKeyId: 'LAPTOP1', secretAccessKey: 'a secret' };
const REQUEST: AwsRequest = {
  method: 'POST',
  target: '/000000000000/queue',
  headers: {
    host: '127.0.0.1:4000',
    'content-type': 'application/x-amz-json-1.0',
    'x-amz-target': 'AmazonSQS.SendMessage',
  },
  body: '{"MessageBody":"hello"}',
};

function sign(
  request: AwsRequest = REQUEST,
  credentials: typeof CREDENTIALS & { sessionToken?: string } = CREDENTIALS,
) {
  const signer = { region: 'us-east-1', service: 'sqs', timestampMs: 1_800_000_000_000, credentials };
  return { ...request, headers: { ...request.headers, ...signAwsRequest(request, signer) } };
}

describe('a signed request', () => {
  it('is accepted, also with headers that need no signature', () => {
    const signed = sign();
    const headers = { ...signed.headers, 'user-agent': 'x', 'content-length': '23', 'amz-sdk-request': 'attempt=1' };
    expect(checkAwsSignature({ ...signed, headers }, CREDENTIALS)).toBeUndefined();
  });

  it('carries a session token, which is signed too', () => {
    const signed = sign(REQUEST, { ...CREDENTIALS, sessionToken: 'token' });
    expect(signed.headers['x-amz-security-token']).toBe('token');
    const headers = { ...signed.headers, 'x-amz-security-token': 'other' };
    expect(checkAwsSignature({ ...signed, headers }, CREDENTIALS)?.name).toBe('InvalidSignatureException');
  });

  it('has no header of a signer but those that are named', () => {
    const added = Object.keys(signAwsRequest(REQUEST, { ...SUITE.signer, credentials: CREDENTIALS }));
    expect(added.filter((name) => !SIGNATURE_HEADERS.includes(name))).toEqual([]);
  });

  it.each<[string, Partial<AwsRequest>]>([
    ['another method', { method: 'PUT' }],
    ['another path', { target: '/000000000000/other' }],
    ['a query', { target: '/000000000000/queue?Action=DeleteQueue' }],
    ['another host', { headers: { host: '127.0.0.1:4001' } }],
    ['another operation', { headers: { 'x-amz-target': 'AmazonSQS.PurgeQueue' } }],
    ['another media type', { headers: { 'content-type': 'text/plain' } }],
    ['another time', { headers: { 'x-amz-date': '20270115T080001Z' } }],
    ['another day', { headers: { 'x-amz-date': '20270116T080000Z' } }],
    ['a time in another form', { headers: { 'x-amz-date': '2027-01-15' } }],
    ['an unsigned header of AWS', { headers: { 'x-amz-security-token': 'token' } }],
    ['another body', { body: '{"MessageBody":"hullo"}' }],
    ['no body', { body: '' }],
  ])('is refused with %s', (_what, { headers, ...changes }) => {
    const signed = sign();
    const changed = { ...signed, ...changes, headers: { ...signed.headers, ...headers } };
    expect(checkAwsSignature(changed, CREDENTIALS)?.name).toBe('InvalidSignatureException');
  });

  it('is refused when one byte of the body differs, wherever it is', () => {
    const bytes = fc.uint8Array({ minLength: 1, maxLength: 300 });
    fc.assert(
      fc.property(bytes, fc.nat(), fc.integer({ min: 1, max: 255 }), (content, at, flip) => {
        const signed = sign({ ...REQUEST, body: Buffer.from(content) });
        const body = Buffer.from(content);
        body[at % body.length] = (body[at % body.length] ?? 0) ^ flip;
        expect(checkAwsSignature(signed, CREDENTIALS)).toBeUndefined();
        expect(checkAwsSignature({ ...signed, body }, CREDENTIALS)?.name).toBe('InvalidSignatureException');
      }),
    );
  });

  it('is refused when another secret signed it', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (secretAccessKey) => {
        fc.pre(secretAccessKey !== CREDENTIALS.secretAccessKey);
        const signed = sign(REQUEST, { ...CREDENTIALS, secretAccessKey });
        expect(checkAwsSignature(signed, CREDENTIALS)?.name).toBe('InvalidSignatureException');
      }),
    );
  });

  it('is refused when it names another access key, even with our secret', () => {
    const signed = sign(REQUEST, { ...CREDENTIALS, accessKeyId: 'LAPTOP2' });
    expect(checkAwsSignature(signed, CREDENTIALS)?.name).toBe('UnrecognizedClientException');
  });
});

describe('an authorization header', () => {
  const good = String(sign().headers['authorization']);

  it('is required', () => {
    expect(checkAwsSignature(REQUEST, CREDENTIALS)?.name).toBe('MissingAuthenticationTokenException');
  });

  it.each([
    ['empty', ''],
    ['of another scheme', `Bearer ${CREDENTIALS.secretAccessKey}`],
    ['without a signature', good.replace(/, Signature.*/, '')],
    ['with half a signature', good.slice(0, -32)],
    [
      'with a signature in upper case',
      good.replace(/[0-9a-f]{64}$/, (digits) => digits.toUpperCase().replace(/\d/g, 'A')),
    ],
    ['with something behind the signature', `${good}, more`],
    ['with an incomplete scope', good.replace('/us-east-1', '')],
    ['that does not sign the host', good.replace('content-type;host;', 'content-type;')],
  ])('is refused when it is %s', (_what, authorization) => {
    const headers = { ...sign().headers, authorization };
    expect(checkAwsSignature({ ...REQUEST, headers }, CREDENTIALS)?.name).toBe('IncompleteSignatureException');
  });

  it('never throws, whatever it contains', () => {
    const parts = fc.array(fc.constantFrom(...good.split(/(?<=[/,; =])/), '', 'ü', '\0', '%'), { maxLength: 30 });
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          parts.map((some) => some.join('')),
        ),
        (authorization) => {
          const headers = { ...sign().headers, authorization };
          expect(() => checkAwsSignature({ ...REQUEST, headers }, CREDENTIALS)).not.toThrow();
        },
      ),
    );
  });
});
