// Signs a request under every inbound profile step by step, so that a test can make a mistake in any single step.
import { createHash, createHmac, type KeyObject, sign } from 'node:crypto';
import type { InboundProfileId } from '../../../lib/protocol/profiles/profiles.ts';
import type { IncomingRequest } from '../../../lib/relay/http/request-pipeline.ts';
import { plainRequest, withHeaders } from '../relay/world.ts';
import type { PartnerWay } from './partner-ways.ts';

/** All parts of a request before it is signed. A mistake changes some of them. */
export interface Draft {
  readonly keyId: string;
  readonly credential: string | Buffer | KeyObject;
  /** The timestamp that is sent. */
  readonly timestamp: string;
  /** The timestamp that is signed. */
  readonly signedTimestamp: string;
  readonly nonce: string;
  /** The body that is sent. */
  readonly body: Buffer;
  /** The body that is signed, directly or by its digest. */
  readonly signedBody: Buffer;
  readonly query: string;
  /** Changes the signed content before it is signed. */
  readonly edit: (content: Buffer) => Buffer;
  /** Returns the text of the signature that is sent. */
  readonly write: (text: string, signature: Buffer) => string;
}

/** Who signs, and when. */
export interface Moment {
  readonly keyId: string;
  readonly credential: string | KeyObject;
  readonly nowMs: number;
}

export const BODY = Buffer.from(
  '{"idempotencyKey":"order-1","trackingUrl":"https://click.example/r/1?a=1&b=é","source":"mail","rowId":"row-1"}',
);

/** Returns a draft without a mistake. */
export function draftOf({ profile }: PartnerWay, { keyId, credential, nowMs }: Moment): Draft {
  const timestamp = String(profile === 'nitro' ? nowMs : Math.floor(nowMs / 1000));
  return {
    keyId,
    credential,
    timestamp,
    signedTimestamp: timestamp,
    nonce: '0f8fad5b-d9cb-469f-a165-70867728950e',
    body: BODY,
    signedBody: BODY,
    query: '',
    edit: (content) => content,
    write: (text) => text,
  };
}

/** Returns the bytes of all parts, one after the other. */
export const join = (...parts: readonly (string | Uint8Array)[]) =>
  Buffer.concat(parts.map((part) => Buffer.from(part)));

interface Hand {
  readonly content: (draft: Draft) => Buffer;
  readonly encoding: 'hex' | 'base64url';
  readonly headers: (draft: Draft, signature: string) => Record<string, string>;
}

/** How each delimited profile signs a draft and writes its headers. */
export const HANDS: Readonly<Record<Exclude<InboundProfileId, 'rfc9421'>, Hand>> = {
  'link-peeler': {
    content: ({ signedTimestamp, nonce, signedBody }) => join(signedTimestamp, '.', nonce, '.', signedBody),
    encoding: 'hex',
    headers: ({ keyId, timestamp, nonce }, signature) => ({
      'x-link-peeler-key': keyId,
      'x-link-peeler-timestamp': timestamp,
      'x-link-peeler-nonce': nonce,
      'x-link-peeler-signature': signature,
    }),
  },
  vouchersx: {
    content: ({ signedTimestamp, signedBody }) => join(signedTimestamp, '.', signedBody),
    encoding: 'hex',
    headers: ({ keyId, timestamp }, signature) => ({
      'x-partner-slug': keyId,
      'x-signature': `t=${timestamp},v1=${signature}`,
    }),
  },
  daylight: {
    content: ({ signedTimestamp, signedBody }) => join(signedTimestamp, '.', signedBody),
    encoding: 'base64url',
    headers: ({ keyId, timestamp }, signature) => ({
      'x-signet-key': keyId,
      'daylight-signature': `t=${timestamp},v1=${signature}`,
    }),
  },
  nitro: {
    content: ({ signedTimestamp, signedBody }) => join(signedTimestamp, signedBody),
    encoding: 'hex',
    headers: ({ keyId, timestamp }, signature) => ({
      'x-signet-key': keyId,
      'x-timestamp': timestamp,
      'x-signature': signature,
    }),
  },
};

export const HAND_PATH = '/api/links/fetch';

/** Returns the signed request of a draft. */
export function signByHand(way: PartnerWay, draft: Draft, path = HAND_PATH): IncomingRequest {
  const request = plainRequest({ requestId: 'request-1', method: 'POST', path, query: draft.query, body: draft.body });
  const headers =
    way.profile === 'rfc9421' ? messageHeaders(way, draft, request) : delimitedHeaders(way.profile, draft);
  return withHeaders(request, headers);
}

function delimitedHeaders(profile: keyof typeof HANDS, draft: Draft): Record<string, string> {
  const { content, encoding, headers } = HANDS[profile];
  const mac = macOf(draft, draft.edit(content(draft)));
  return headers(draft, draft.write(mac.toString(encoding), mac));
}

function messageHeaders({ isHmac }: PartnerWay, draft: Draft, request: IncomingRequest): Record<string, string> {
  const digest = `sha-256=:${createHash('sha256').update(draft.signedBody).digest('base64')}:`;
  const alg = isHmac ? 'hmac-sha256' : 'ed25519';
  const list = ['@method', '@authority', '@path', '@query', 'content-digest'].map((name) => `"${name}"`).join(' ');
  const inputAt = (created: string) =>
    `(${list});created=${created};nonce="${draft.nonce}";keyid="${draft.keyId}";alg="${alg}";tag="signet"`;
  const base = [
    '"@method": POST',
    `"@authority": ${request.authority}`,
    `"@path": ${request.path}`,
    `"@query": ?${request.query}`,
    `"content-digest": ${digest}`,
    `"@signature-params": ${inputAt(draft.signedTimestamp)}`,
  ];
  const content = draft.edit(Buffer.from(base.join('\n')));
  const { credential } = draft;
  const isPrivate = typeof credential === 'object' && 'type' in credential && credential.type === 'private';
  const signature = isPrivate ? sign(null, content, credential) : macOf(draft, content);
  return {
    'content-digest': digest,
    'signature-input': `sig=${inputAt(draft.timestamp)}`,
    signature: `sig=:${draft.write(signature.toString('base64'), signature)}:`,
  };
}

function macOf({ credential }: Draft, content: Uint8Array): Buffer {
  return createHmac('sha256', credential).update(content).digest();
}
