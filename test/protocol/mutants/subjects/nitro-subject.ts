// Mutants of nitro: one header for each part, milliseconds, and no separator.
import type { ReceivedRequest } from '../../../../lib/protocol/http-message.ts';
import { withHeaders } from '../../../support/protocol/claims.ts';
import {
  absenceMutants,
  clockMutants,
  credentialMutants,
  headerMutants,
  recutMutant,
  rejoinedMutants,
} from '../edits/delimited-mutants.ts';
import { nameTexts, signatureHeaderTexts } from '../edits/header-texts.ts';
import { otherValues, valueMutants } from '../edits/value-mutants.ts';
import type { Mutant, Subject } from '../mutant.ts';
import { goodParts, messageOf, partMutants, subjectOf } from './delimited-scheme.ts';
import { NITRO } from './schemes.ts';

/** Returns the subject of nitro. */
export function nitroSubject(nowMs: number): Subject {
  const parts = goodParts(NITRO, nowMs);
  const good = messageOf(NITRO, parts);
  const { timestamp } = parts;
  const digits = { ...parts, body: Buffer.from('0123') };
  const mutants: readonly Mutant[] = [
    ...clockMutants(NITRO, parts),
    ...partMutants(NITRO, parts, 'keyId', nameTexts(parts.keyId, 'partner-2', { minLength: 1, maxLength: 64 })),
    ...headerMutants(good, 'x-signature', signatureHeaderTexts(NITRO, parts)),
    ...absenceMutants(good, ['x-signet-key', 'x-signature'], 'x-timestamp'),
    recutMutant(NITRO, 'a digit of the body in the timestamp', digits, {
      ...digits,
      timestamp: `${timestamp}0`,
      body: Buffer.from('123'),
    }),
    recutMutant(NITRO, 'a digit of the timestamp in the body', digits, {
      ...digits,
      timestamp: timestamp.slice(0, -1),
      body: Buffer.from(`${timestamp.slice(-1)}0123`),
    }),
    recutMutant(NITRO, 'seconds, with the milliseconds in the body', digits, {
      ...digits,
      timestamp: timestamp.slice(0, 10),
      body: Buffer.from(`${timestamp.slice(10)}0123`),
    }),
    recutMutant(NITRO, 'the whole body in the timestamp', digits, {
      ...digits,
      timestamp: `${timestamp}0123`,
      body: Buffer.alloc(0),
    }),
    ...rejoinedMutants(NITRO, parts),
    ...credentialMutants(good),
    { kind: 'several credentials', name: 'a signature of daylight in addition', message: withDaylight(good) },
    ...valueMutants(NITRO, parts),
    ...otherValues(good, { 'x-timestamp': String(Number(timestamp) + 1), 'x-signet-key': 'partner-2' }),
  ];
  return subjectOf(NITRO, nowMs, { form: 'separate headers', mutants, reads: ['x-timestamp', 'x-signature'] });
}

function withDaylight(good: ReceivedRequest): ReceivedRequest {
  return withHeaders(good, { 'daylight-signature': `t=1800000000,v1=${'A'.repeat(43)}` });
}
