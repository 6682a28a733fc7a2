// Requests of the e2e tests, signed with node:crypto alone, so that our own signer does not check itself.
import { createHmac, randomUUID } from 'node:crypto';
import type { LocalState } from '../../../lib/local/state-file.ts';

export interface RawRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A request whose body may be bytes. */
export interface ByteRequest extends Omit<RawRequest, 'body'> {
  readonly body: string | Uint8Array<ArrayBuffer>;
}

export interface RawAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: answers are examined field by field
  readonly json: any;
}

export interface SigningChoices {
  readonly method?: string;
  readonly path?: string;
  readonly timestampSeconds?: number;
  readonly keyId?: string;
  readonly secret?: string;
}

/** Signs a `link-peeler` request. By default it is a submission with the first key in local.json. */
export function signRequest(state: LocalState, body: string, choices: SigningChoices = {}): RawRequest {
  const [key] = state.keys;
  if (!key) throw new Error('local.json lists no key.');
  const { method = 'POST', path = '/api/links/fetch', keyId = key.keyId, secret = key.secret ?? '' } = choices;
  const timestamp = String(choices.timestampSeconds ?? Math.floor(Date.now() / 1000));
  const nonce = randomUUID();
  const signature = createHmac('sha256', secret).update(`${timestamp}.${nonce}.${body}`).digest('hex');
  return {
    method,
    url: state.baseUrl + path,
    headers: {
      ...(body !== '' && { 'content-type': 'application/json' }),
      'x-link-peeler-key': keyId,
      'x-link-peeler-timestamp': timestamp,
      'x-link-peeler-nonce': nonce,
      'x-link-peeler-signature': signature,
    },
    body,
  };
}

/** Sends a request and returns the answer, with its JSON parsed. */
export async function send({ method, url, headers, body }: ByteRequest): Promise<RawAnswer> {
  const response = await fetch(url, { method, headers, ...(body.length > 0 && { body }) });
  const text = await response.text();
  const isJson = /json/.test(response.headers.get('content-type') ?? '');
  return { status: response.status, headers: response.headers, text, json: isJson ? JSON.parse(text) : undefined };
}

/** Returns the body of a submission. */
export function submission(idempotencyKey: string, trackingUrl: string): string {
  return JSON.stringify({ idempotencyKey, trackingUrl, source: 'e2e', rowId: '1' });
}

/** Reads a job with the first key in local.json. */
export async function readJob(state: LocalState, jobId: string): Promise<RawAnswer> {
  return send(signRequest(state, '', { method: 'GET', path: `/api/links/${jobId}` }));
}
