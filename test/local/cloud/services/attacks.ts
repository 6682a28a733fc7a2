// Requests of programs that do not have the credentials of a laptop cloud, or that change what was signed with them.
import { request as send } from 'node:http';
import { signingName } from '../../../../lib/local/cloud/base/aws-json.ts';
import type { Credentials } from '../../../../lib/local/cloud/base/credentials.ts';
import { type AwsRequest, signAwsRequest } from '../../../../lib/local/cloud/base/signature-v4.ts';

/** An operation of a service. */
export interface Operation {
  readonly target: string;
  readonly body: object;
}

/** A service and the credentials that it takes. */
export interface Target {
  readonly endpoint: string;
  readonly credentials: Credentials;
}

/** Returns the unsigned request, with the name of the service as its Host. */
export function draft({ endpoint }: Target, { target, body }: Operation): AwsRequest {
  const { host } = new URL(endpoint);
  const headers = { host, 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': target };
  return { method: 'POST', target: '/', headers, body: JSON.stringify(body) };
}

/** Returns the request with a signature. */
export function signed(request: AwsRequest, credentials: Credentials): AwsRequest {
  const service = signingName(String(request.headers['x-amz-target']));
  const signer = { credentials, region: 'us-east-1', service, timestampMs: Date.now() };
  return withHeaders(request, signAwsRequest(request, signer));
}

/** Returns the request with other headers. */
export function withHeaders(request: AwsRequest, headers: AwsRequest['headers']): AwsRequest {
  return { ...request, headers: { ...request.headers, ...headers } };
}

/** An answer as text. */
export interface Answer {
  readonly status: number;
  readonly text: string;
}

/** Sends the request as it is. A client of the SDK would not send another Host. */
export function exchange(endpoint: string, { method, target, headers, body }: AwsRequest): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(endpoint);
    const request = send({ hostname, port, path: target, method, headers: headers as Record<string, string> });
    request.once('error', reject);
    request.once('response', (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      response.once('end', () => resolve({ status: response.statusCode ?? 0, text }));
    });
    request.end(body);
  });
}

/** Each attack makes a request for an operation, and names the refusal. */
export const ATTACKS: readonly (readonly [string, (at: Target, operation: Operation) => AwsRequest, RegExp])[] = [
  ['no credentials', draft, /MissingAuthenticationToken/],
  [
    'the placeholder of older versions',
    (at, operation) => signed(draft(at, operation), { accessKeyId: 'laptop', secretAccessKey: 'laptop' }),
    /UnrecognizedClient/,
  ],
  [
    'the access key of another data directory',
    (at, operation) => signed(draft(at, operation), { accessKeyId: 'LAPTOP0', secretAccessKey: 'x'.repeat(40) }),
    /UnrecognizedClient/,
  ],
  [
    'the right access key id, and another secret',
    (at, operation) => signed(draft(at, operation), { ...at.credentials, secretAccessKey: 'x'.repeat(40) }),
    /InvalidSignature/,
  ],
  [
    'the right access key id, and a signature of zeros',
    (at, operation) => {
      const request = signed(draft(at, operation), at.credentials);
      const authorization = String(request.headers['authorization']).replace(/[0-9a-f]{64}$/, '0'.repeat(64));
      return withHeaders(request, { authorization });
    },
    /InvalidSignature/,
  ],
  [
    'a changed body',
    (at, { target, body }) => ({
      ...signed(draft(at, { target, body: {} }), at.credentials),
      body: JSON.stringify(body),
    }),
    /InvalidSignature/,
  ],
  [
    'a changed operation',
    (at, { target, body }) =>
      withHeaders(signed(draft(at, { target: `${target}s`, body }), at.credentials), { 'x-amz-target': target }),
    /InvalidSignature/,
  ],
  [
    'an operation that is not signed',
    (at, operation) => {
      const { 'x-amz-target': target, ...headers } = draft(at, operation).headers;
      return withHeaders(signed({ ...draft(at, operation), headers }, at.credentials), { 'x-amz-target': target });
    },
    /InvalidSignature/,
  ],
  [
    'credentials in the query',
    (at, operation) => ({
      ...draft(at, operation),
      target: `/?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=${at.credentials.accessKeyId}`,
    }),
    /MissingAuthenticationToken/,
  ],
  [
    'another method',
    (at, operation) => ({ ...signed(draft(at, operation), at.credentials), method: 'PUT' }),
    /InvalidSignature/,
  ],
  [
    'the Host of a web page, even if it is signed',
    (at, operation) => signed(withHeaders(draft(at, operation), { host: 'page.example' }), at.credentials),
    /AccessDenied/,
  ],
  [
    'the Host of another port, even if it is signed',
    (at, operation) => signed(withHeaders(draft(at, operation), { host: '127.0.0.1:1' }), at.credentials),
    /AccessDenied/,
  ],
];
