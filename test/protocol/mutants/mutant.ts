// What a mutant is: a well-signed message with one thing wrong, and the classes of what can be wrong with it.
import type { KeyObject } from 'node:crypto';
import type { ReceivedRequest } from '../../../lib/protocol/http-message.ts';
import type { ProfileId } from '../../../lib/protocol/profiles/profiles.ts';
import type { SignatureAlgorithm } from '../../../lib/protocol/profiles/signature-claim.ts';

export type Problem = 'request_malformed' | 'signature_missing' | 'signature_invalid' | 'timestamp_out_of_range';

const MALFORMED: readonly Problem[] = ['request_malformed'];
const MALFORMED_OR_MISSING: readonly Problem[] = ['request_malformed', 'signature_missing'];

/**
 * Each class with the answers it may get. Where it is `MALFORMED` the text alone is the reason: the refusal comes before
 * anything is computed, so it cannot be luck.
 */
export const CLASSES = {
  'clock: junk after': MALFORMED,
  'clock: sign': MALFORMED,
  'clock: float': MALFORMED,
  'clock: exponent': MALFORMED,
  'clock: leading zero': MALFORMED,
  'clock: spaces': MALFORMED,
  'clock: digits of other scripts': MALFORMED,
  'clock: the other unit': MALFORMED,
  'clock: ten years ahead': ['timestamp_out_of_range'],
  'clock: empty': MALFORMED,
  'clock: missing': MALFORMED,
  'clock: wrong length': MALFORMED,
  'clock: no decimal number': MALFORMED,
  'doubled field': MALFORMED,
  'doubled header': MALFORMED,
  'joined duplicate': MALFORMED,
  'wrong encoding': MALFORMED,
  'non-canonical encoding': MALFORMED,
  'wrong length': MALFORMED,
  'too many signatures': MALFORMED,
  // The parts of some moves are well formed again, only not what was signed.
  'separators moved': ['request_malformed', 'signature_invalid'],
  'unknown version': MALFORMED_OR_MISSING,
  'trailing newline': MALFORMED,
  NUL: MALFORMED,
  'white space': MALFORMED,
  'invisible character': MALFORMED,
  quotes: MALFORMED,
  'percent-encoding': MALFORMED,
  'look-alike character': MALFORMED,
  'changed case': MALFORMED_OR_MISSING,
  'very long': MALFORMED,
  'prototype name': MALFORMED,
  'outside the grammar': MALFORMED,
  'look-alike header': MALFORMED_OR_MISSING,
  'missing or empty': MALFORMED_OR_MISSING,
  'several credentials': MALFORMED,
  // Well formed and not what was signed: shows that the table would notice if nothing were compared at all.
  'another value': ['signature_invalid'],
} as const satisfies Record<string, readonly Problem[]>;

export type MutantClass = keyof typeof CLASSES;
export const CLASS_NAMES = Object.keys(CLASSES) as readonly MutantClass[];

export interface Mutant {
  readonly of: MutantClass;
  readonly name: string;
  readonly message: ReceivedRequest;
}

/** A text that some part of a message is replaced by. */
export interface BadPart {
  readonly of: MutantClass;
  readonly what: string;
  readonly text: string;
}

export function badParts(of: MutantClass, texts: Readonly<Record<string, string>>): readonly BadPart[] {
  return Object.entries(texts).map(([what, text]) => ({ of, what, text }));
}

/** A message that is accepted, and everything that must not be. */
export interface Subject {
  readonly name: string;
  readonly form: string;
  readonly profile: ProfileId;
  readonly nowMs: number;
  readonly keyId: string;
  readonly algorithm: SignatureAlgorithm;
  readonly material: KeyObject;
  /** For libraries that want the text. */
  readonly secret: string;
  readonly good: ReceivedRequest;
  /** Other messages by the same signer: "signed anew" is a good signature, so that only strictness refuses a mutant. */
  readonly alsoGood: readonly ReceivedRequest[];
  readonly mutants: readonly Mutant[];
  /** The headers that the form reads, but for the one that names the key. */
  readonly reads: readonly string[];
  /** Classes that the form has no part for, with the reason. */
  readonly without: Readonly<Partial<Record<MutantClass, string>>>;
  /** Answers that this form may give beyond those of the class. */
  readonly alsoAllowed: Readonly<Partial<Record<MutantClass, readonly Problem[]>>>;
}

/** Without those that come to the same message as an earlier one: a text of a part may be a shape of the header too. */
export function distinct(mutants: readonly Mutant[]): readonly Mutant[] {
  const texts = mutants.map(({ message }) => JSON.stringify(message));
  const firstAt = new Map(texts.map((text, index) => [text, index] as const).reverse());
  return mutants.filter((_, index) => firstAt.get(texts[index] ?? '') === index);
}
