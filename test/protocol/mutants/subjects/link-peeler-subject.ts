// Mutants of link-peeler: one header for each part, and one signature.
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
import { LINK_PEELER } from './schemes.ts';

/** Returns the subject of link-peeler. */
export function linkPeelerSubject(nowMs: number): Subject {
  const parts = goodParts(LINK_PEELER, nowMs);
  const good = messageOf(LINK_PEELER, parts);
  const named = ['x-link-peeler-key', 'x-link-peeler-nonce', 'x-link-peeler-signature'];
  const { timestamp, nonce } = parts;
  const dotted = { ...parts, body: Buffer.from('bodies-may-have.dots') };
  const mutants: readonly Mutant[] = [
    ...clockMutants(LINK_PEELER, parts),
    ...partMutants(
      LINK_PEELER,
      parts,
      'nonce',
      nameTexts(nonce, 'nonce-of-another', { minLength: 16, maxLength: 128 }),
    ),
    ...partMutants(LINK_PEELER, parts, 'keyId', nameTexts(parts.keyId, 'partner-2', { minLength: 1, maxLength: 64 })),
    ...headerMutants(good, 'x-link-peeler-signature', signatureHeaderTexts(LINK_PEELER, parts)),
    ...absenceMutants(good, named, 'x-link-peeler-timestamp'),
    recutMutant(LINK_PEELER, 'the body begins in the nonce', dotted, {
      ...dotted,
      nonce: `${nonce}.bodies-may-have`,
      body: Buffer.from('dots'),
    }),
    recutMutant(LINK_PEELER, 'the nonce begins in the timestamp', dotted, {
      ...dotted,
      timestamp: `${timestamp}.${nonce}`,
      nonce: 'bodies-may-have',
      body: Buffer.from('dots'),
    }),
    ...rejoinedMutants(LINK_PEELER, parts),
    ...credentialMutants(good),
    ...valueMutants(LINK_PEELER, parts),
    ...otherValues(good, { 'x-link-peeler-nonce': nonce.toUpperCase(), 'x-link-peeler-key': 'partner-2' }),
  ];
  return subjectOf(LINK_PEELER, nowMs, { form: 'separate headers', mutants, reads: named });
}
