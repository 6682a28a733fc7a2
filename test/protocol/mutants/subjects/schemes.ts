// The delimited schemes, one row each, written from the documents of their owners.
import type { Scheme } from './delimited-scheme.ts';

export const LINK_PEELER: Scheme = {
  profile: 'link-peeler',
  unit: 's',
  before: ['timestamp', 'nonce'],
  separator: '.',
  encoding: 'hex',
  secret: 'sk_link-peeler',
  key: Buffer.from('sk_link-peeler'),
  headers: ({ keyId, timestamp, nonce }, [signature = '']) => ({
    'x-link-peeler-key': keyId,
    'x-link-peeler-timestamp': timestamp,
    'x-link-peeler-nonce': nonce,
    'x-link-peeler-signature': signature,
  }),
};

export const NITRO: Scheme = {
  profile: 'nitro',
  unit: 'ms',
  before: ['timestamp'],
  separator: '',
  encoding: 'hex',
  secret: 'sk_nitro',
  key: Buffer.from('sk_nitro'),
  headers: ({ keyId, timestamp }, [signature = '']) => ({
    'x-signet-key': keyId,
    'x-timestamp': timestamp,
    'x-signature': signature,
  }),
};

export const TOLINKU: Scheme = {
  profile: 'tolinku',
  unit: 's',
  before: [],
  separator: '.',
  encoding: 'hex',
  secret: 'whsec_dG9saW5rdQ==',
  key: Buffer.from('whsec_dG9saW5rdQ=='),
  headers: (_parts, [signature = '']) => ({
    'x-webhook-signature': signature,
    'x-webhook-event': 'link.resolved',
  }),
};

export const VOUCHERSX: Scheme = {
  profile: 'vouchersx',
  unit: 's',
  before: ['timestamp'],
  separator: '.',
  encoding: 'hex_either_case',
  secret: 'sk_vouchersx',
  key: Buffer.from('sk_vouchersx'),
  headers: ({ keyId, timestamp }, signatures) => ({
    'x-partner-slug': keyId,
    'x-signature': combined(timestamp, signatures),
  }),
};

export const DAYLIGHT: Scheme = {
  profile: 'daylight',
  unit: 's',
  before: ['timestamp'],
  separator: '.',
  encoding: 'base64url',
  secret: 'sk_daylight',
  key: Buffer.from('sk_daylight'),
  headers: ({ keyId, timestamp }, signatures) => ({
    'x-signet-key': keyId,
    'daylight-signature': combined(timestamp, signatures),
  }),
};

function combined(timestamp: string, signatures: readonly string[]): string {
  return [`t=${timestamp}`, ...signatures.map((signature) => `v1=${signature}`)].join(',');
}

export const STANDARD_WEBHOOKS: Scheme = {
  profile: 'standard-webhooks',
  unit: 's',
  before: ['id', 'timestamp'],
  separator: '.',
  encoding: 'base64',
  secret: 'whsec_c3RhbmRhcmQtd2ViaG9va3Mtc2VjcmV0',
  key: Buffer.from('standard-webhooks-secret'),
  headers: ({ id, timestamp }, signatures) => ({
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': signatures.map((signature) => `v1,${signature}`).join(' '),
  }),
};
