// The webhook receivers that consumers already run, written from the published documents of each scheme in plain Node,
// without our code. They have the same weaknesses, because our deliveries must work with the existing code.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { Webhook } from 'standardwebhooks';

const FIVE_MINUTES_MS = 5 * 60 * 1000;

const hmac = (secret, ...pieces) => {
  const mac = createHmac('sha256', secret);
  for (const piece of pieces) mac.update(piece);
  return mac;
};

/** Answers 500 when the handler throws, as a web framework does. */
const answering = (handler) => (headers, rawBody, path, nowMs) => {
  try {
    return handler(headers, rawBody, path, nowMs);
  } catch {
    return 500;
  }
};

/** Accepts any of several v1, in either case of hex. */
const vouchersx = (secret) =>
  answering((headers, rawBody, _path, nowMs) => {
    const parts = (headers['x-signature'] ?? '').split(',').map((part) => part.split('='));
    const timestamp = parts.find(([name]) => name === 't')?.[1] ?? '';
    if (!/^\d+$/.test(timestamp) || Math.abs(nowMs / 1000 - Number(timestamp)) > 300) return 401;
    const expected = hmac(secret, `${timestamp}.`, rawBody).digest();
    const given = parts.filter(([name]) => name === 'v1').map(([, value = '']) => Buffer.from(value, 'hex'));
    return given.some((one) => one.length === expected.length && timingSafeEqual(one, expected)) ? 204 : 401;
  });

/** Uses the last v1, does not trim the names between the commas, and never checks the age. */
const daylight = (secret) =>
  answering((headers, rawBody) => {
    const values = {};
    for (const part of (headers['daylight-signature'] ?? '').split(',')) {
      const [name, value] = part.split('=');
      values[name] = value;
    }
    if (!values.t || !values.v1) return 401;
    const expected = hmac(secret, `${values.t}.`, rawBody).digest('base64url');
    const same = values.v1.length === expected.length && timingSafeEqual(Buffer.from(values.v1), Buffer.from(expected));
    return same ? 204 : 401;
  });

/** Protects only paths under /api. The comparison throws for a signature of another length. */
const nitro = (secret) =>
  answering((headers, rawBody, path, nowMs) => {
    if (path !== '/api' && !path.startsWith('/api/')) return 204;
    const timestamp = headers['x-timestamp'];
    const signature = headers['x-signature'];
    if (!timestamp || !signature || !/^\d{13}$/.test(timestamp)) return 401;
    if (Math.abs(nowMs - Number(timestamp)) > FIVE_MINUTES_MS) return 401;
    const expected = hmac(secret, timestamp, rawBody).digest('hex');
    return timingSafeEqual(Buffer.from(signature), Buffer.from(expected)) ? 204 : 401;
  });

/** The body parser keeps the raw body of JSON only. For any other type the handler has no body to hash, and throws. */
const tolinku = (secret) =>
  answering((headers, rawBody) => {
    const isJson = (headers['content-type'] ?? '').split(';')[0].trim().toLowerCase() === 'application/json';
    const body = isJson ? rawBody : undefined;
    const signature = headers['x-webhook-signature'];
    if (!signature) return 401;
    const expected = hmac(secret, body).digest('hex');
    return timingSafeEqual(Buffer.from(signature), Buffer.from(expected)) ? 204 : 401;
  });

/** The package reads the machine's clock, so it ignores `nowMs`. */
const standardWebhooks = (secret) => {
  const webhook = new Webhook(secret);
  return (headers, rawBody) => {
    try {
      webhook.verify(rawBody, headers);
      return 204;
    } catch {
      return 401;
    }
  };
};

/** `RECEIVERS[scheme](secret)(headers, rawBody, path, nowMs)` returns the HTTP status of the consumer's answer. */
export const RECEIVERS = { vouchersx, daylight, nitro, tolinku, 'standard-webhooks': standardWebhooks };
