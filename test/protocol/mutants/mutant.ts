// Mutants: messages with a right signature and one fault, and the classes of faults.
import type { KeyObject } from 'node:crypto';
import type { ReceivedRequest } from '../../../lib/protocol/http-message.ts';
import type { ProfileId } from '../../../lib/protocol/profiles/profiles.ts';
import type { SignatureAlgorithm } from '../../../lib/protocol/profiles/signature-claim.ts';

export type Problem = 'request_malformed' | 'signature_missing' | 'signature_invalid' | 'timestamp_out_of_range';

const MALFORMED: readonly Problem[] = ['request_malformed'];
const MALFORMED_OR_MISSING: readonly Problem[] = ['request_malformed', 'signature_missing'];

/**
 * The classes of faults, each with the allowed answers. `MALFORMED` means that parsing refuses the text. No signature is
 * computed then, so the refusal does not depend on the signature.
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
  'clock: not a decimal number': MALFORMED,
  'doubled field': MALFORMED,
  'doubled header': MALFORMED,
  'joined duplicate': MALFORMED,
  'wrong encoding': MALFORMED,
  'non-canonical encoding': MALFORMED,
  'wrong length': MALFORMED,
  'too many signatures': MALFORMED,
  // After some moves the parts are well formed again, but they are not the signed ones.
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
  // Well-formed messages that were not signed. They prove that the tests would detect a missing comparison.
  'another value': ['signature_invalid'],
} as const satisfies Record<string, readonly Problem[]>;

export type MutantClass = keyof typeof CLASSES;
export const CLASS_NAMES = Object.keys(CLASSES) as readonly MutantClass[];

/** A message with one fault. */
export interface Mutant {
  readonly kind: MutantClass;
  readonly name: string;
  readonly message: ReceivedRequest;
}

/** An invalid text that replaces a part of a message. */
export interface BadPart {
  readonly kind: MutantClass;
  readonly what: string;
  readonly text: string;
}

/** Returns invalid texts of one class. The keys say what is wrong. */
export function badParts(kind: MutantClass, texts: Readonly<Record<string, string>>): readonly BadPart[] {
  return Object.entries(texts).map(([what, text]) => ({ kind, what, text }));
}

/** An accepted message, and the mutants of it that must be refused. */
export interface Subject {
  readonly name: string;
  readonly form: string;
  readonly profile: ProfileId;
  readonly nowMs: number;
  readonly keyId: string;
  readonly algorithm: SignatureAlgorithm;
  readonly material: KeyObject;
  /** The text of the secret, for libraries that need it. */
  readonly secret: string;
  readonly good: ReceivedRequest;
  /** Other accepted messages of the same signer. They prove that a mutant that is "signed again" has a right signature. */
  readonly alsoGood: readonly ReceivedRequest[];
  readonly mutants: readonly Mutant[];
  /** The headers that the form reads, except the one with the key id. */
  readonly reads: readonly string[];
  /** The classes without mutants, because the form has no such part, with the reason. */
  readonly without: Readonly<Partial<Record<MutantClass, string>>>;
  /** Answers that are allowed for this form in addition to those of the class. */
  readonly alsoAllowed: Readonly<Partial<Record<MutantClass, readonly Problem[]>>>;
}

/** Returns the mutants without those that have the same message as an earlier one. */
export function distinct(mutants: readonly Mutant[]): readonly Mutant[] {
  const texts = mutants.map(({ message }) => JSON.stringify(message));
  const firstAt = new Map(texts.map((text, index) => [text, index] as const).reverse());
  return mutants.filter((_, index) => firstAt.get(texts[index] ?? '') === index);
}
