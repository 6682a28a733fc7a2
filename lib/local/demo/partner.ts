// The demo's partner: signs with the same table of profiles that the relay verifies with, and sends.
import { randomUUID } from 'node:crypto';
import type { HttpRequest } from '../../protocol/http-message.ts';
import { buildSignedContent, signJoined } from '../../protocol/joined-signature.ts';
import { PROFILES } from '../../protocol/profiles.ts';
import { deriveHmacKey, type Secret } from '../../protocol/secret.ts';

export interface Partner {
  readonly baseUrl: string;
  readonly keyId: string;
  readonly secret: Secret;
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

/** Signs for the `link-peeler` profile and sends. The nonce is new at every call. */
export async function sendSigned(partner: Partner, method: 'GET' | 'POST', path: string, json?: unknown) {
  const body = Buffer.from(json === undefined ? '' : JSON.stringify(json), 'utf8');
  const message = { timestampMs: Date.now(), nonce: randomUUID(), keyId: partner.keyId, body };
  const profile = PROFILES['link-peeler'];
  const headers = signJoined('link-peeler', message, [deriveHmacKey(partner.secret, profile.keyBytes)]);
  const timestamp = headers['x-link-peeler-timestamp'];
  const response = await fetch(partner.baseUrl + path, {
    method,
    headers: { ...headers, ...(json !== undefined && { 'content-type': 'application/json' }) },
    ...(json !== undefined && { body }),
  });
  const exchange: SignedExchange = {
    request: { method, path, body },
    headers,
    signedContent: buildSignedContent(profile, { ...message, timestamp }).toString('utf8'),
    status: response.status,
    answer: await response.text(),
  };
  return exchange;
}
