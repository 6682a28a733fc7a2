// The request signers that partners already run, written from the published documents of each scheme in plain Node,
// without our code. Daylight and Nitro have no key id, so their requests get an additional header for it.
import { createHmac, randomUUID } from 'node:crypto';

const hmac = (secret, ...pieces) => {
  const mac = createHmac('sha256', secret);
  for (const piece of pieces) mac.update(piece);
  return mac;
};

const seconds = (nowMs) => Math.floor(nowMs / 1000).toString();

function linkPeeler({ keyId, secret, body, nowMs }) {
  const timestamp = seconds(nowMs);
  const nonce = randomUUID();
  return {
    'content-type': 'application/json',
    'x-link-peeler-key': keyId,
    'x-link-peeler-timestamp': timestamp,
    'x-link-peeler-nonce': nonce,
    'x-link-peeler-signature': hmac(secret, `${timestamp}.${nonce}.`, body).digest('hex'),
  };
}

function vouchersx({ keyId, secret, body, nowMs }) {
  const t = seconds(nowMs);
  return {
    'content-type': 'application/json',
    'x-partner-slug': keyId,
    'x-signature': `t=${t},v1=${hmac(secret, `${t}.`, body).digest('hex')}`,
  };
}

function daylight({ keyId, secret, body, nowMs }) {
  const t = seconds(nowMs);
  return {
    'content-type': 'application/json',
    'x-signet-key': keyId,
    'daylight-signature': `t=${t},v1=${hmac(secret, `${t}.`, body).digest('base64url')}`,
  };
}

function nitro({ keyId, secret, body, nowMs }) {
  const timestamp = String(nowMs);
  return {
    'content-type': 'application/json',
    'x-signet-key': keyId,
    'x-timestamp': timestamp,
    'x-signature': hmac(secret, timestamp, body).digest('hex'),
  };
}

/** `SENDERS[scheme]({ keyId, secret, body, nowMs })` returns the headers of a request, with names in lower case. */
export const SENDERS = { 'link-peeler': linkPeeler, vouchersx, daylight, nitro };
