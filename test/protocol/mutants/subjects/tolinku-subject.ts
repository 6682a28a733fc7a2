// Mutants of tolinku: one header, with one signature over only the body.
import { absenceMutants, headerMutants, rejoinedMutants } from '../edits/delimited-mutants.ts';
import { signatureHeaderTexts } from '../edits/header-texts.ts';
import { valueMutants } from '../edits/value-mutants.ts';
import { CLASS_NAMES, type Mutant, type Subject } from '../mutant.ts';
import { goodParts, messageOf, subjectOf } from './delimited-scheme.ts';
import { TOLINKU } from './schemes.ts';

const WITHOUT_CLOCK: Subject['without'] = Object.fromEntries(
  CLASS_NAMES.filter((name) => name.startsWith('clock: ')).map((name) => [name, 'it signs no time']),
);

/** Returns the subject of tolinku. */
export function tolinkuSubject(nowMs: number): Subject {
  const parts = goodParts(TOLINKU, nowMs);
  const good = messageOf(TOLINKU, parts);
  const mutants: readonly Mutant[] = [
    ...headerMutants(good, 'x-webhook-signature', signatureHeaderTexts(TOLINKU, parts)),
    ...absenceMutants(good, ['x-webhook-signature']),
    ...rejoinedMutants(TOLINKU, parts),
    ...valueMutants(TOLINKU, parts),
  ];
  return subjectOf(TOLINKU, nowMs, {
    form: 'single header',
    mutants,
    reads: ['x-webhook-signature'],
    without: { ...WITHOUT_CLOCK, 'several credentials': 'deliveries name no key' },
  });
}
