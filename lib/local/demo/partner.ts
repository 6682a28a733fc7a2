// The demo's partner: signs with the same table of profiles that the relay verifies with, and sends.
import { randomUUID } from 'node:crypto';
import type { HttpRequest } from '../../protocol/http-message.ts';
import { type RequestSigner, signRequest } from '../../protocol/signatures/sign-request.ts';

export interface Partner {
  readonly baseUrl: string;
  readonly signer: RequestSigner;
}

export interface SignedExchange {
  readonly request: Pick<HttpRequest, 'method' | 'path' | 'body'>;
  /** What went out to prove who we are. */
  readonly headers: Readonly<Record<string, string>>;
  /** The bytes that were signed, as text. */
  readonly signedContent: string;
  readonly status: number;
  readonly answer: string;
}

/** Signs and sends. The nonce is new at every call. */
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
