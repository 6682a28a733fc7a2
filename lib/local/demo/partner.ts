// The demo's partner: it signs with the same table of profiles that the relay verifies with, and sends.
import { randomUUID } from 'node:crypto';
import type { HttpRequest } from '../../protocol/http-message.ts';
import { type RequestSigner, signRequest } from '../../protocol/signatures/sign-request.ts';

/** Where to send, and how to sign. */
export interface Partner {
  readonly baseUrl: string;
  readonly signer: RequestSigner;
}

/** A signed request and its answer. */
export interface SignedExchange {
  readonly request: Pick<HttpRequest, 'method' | 'path' | 'body'>;
  /** The headers that carry the signature. */
  readonly headers: Readonly<Record<string, string>>;
  /** The signed bytes as text. */
  readonly signedContent: string;
  readonly status: number;
  readonly answer: string;
}

/** Signs and sends a request, and returns it with the answer. Each call has a new nonce. */
export async function sendSigned(partner: Partner, method: 'GET' | 'POST', path: string, json?: unknown) {
  const body = Buffer.from(json === undefined ? '' : JSON.stringify(json), 'utf8');
  const type: Record<string, string> = json === undefined ? {} : { 'content-type': 'application/json' };
  const request = { method, authority: new URL(partner.baseUrl).host, path, query: '', headers: type, body };
  const signed = signRequest(partner.signer, request, { timestampMs: Date.now(), nonce: randomUUID() });
  const response = await fetch(partner.baseUrl + path, {
    method,
    headers: { ...signed.headers, ...type },
    ...(json !== undefined && { body }),
  });
  const exchange: SignedExchange = {
    request: { method, path, body },
    headers: signed.headers,
    signedContent: signed.signedContent.toString('utf8'),
    status: response.status,
    answer: await response.text(),
  };
  return exchange;
}
