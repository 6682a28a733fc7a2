// Strictness: of one well-signed message per profile, everything that is malformed in one thing is refused.
import { describe, expect, test } from 'vitest';
import { PROFILES } from '../../../lib/protocol/profiles/profiles.ts';
import { doorsOf, type Pipeline } from './doors.ts';
import { CLASS_NAMES, CLASSES, type Mutant, type MutantClass, type Subject } from './mutant.ts';
import { makeSubjects } from './subjects/subjects.ts';

const NOW_MS = 1_800_000_000_000;
const SUBJECTS = makeSubjects(NOW_MS);

const inClass = ({ mutants }: Subject, of: MutantClass) => mutants.filter((mutant) => mutant.of === of);

/** What stands in no list of allowed answers: an acceptance, a throw, or a refusal for another reason. */
function surprises(door: Pipeline, mutants: readonly Mutant[], allowed: readonly string[]): readonly string[] {
  return mutants
    .filter(({ message }) => door.sees(message))
    .map(({ name, message }) => ({ name, outcome: door.answer(message) }))
    .filter(({ outcome }) => !allowed.includes(outcome))
    .map(({ name, outcome }) => `${name}: ${outcome}`);
}

test('every profile has its mutants', () => {
  expect(new Set(SUBJECTS.map(({ profile }) => profile))).toEqual(new Set(Object.keys(PROFILES)));
});

describe.each(SUBJECTS)('$name', (subject) => {
  const doors = doorsOf(subject);

  test.each(doors)('$name as it was signed is accepted, so the rest can be refused for its fault', ({ answer }) => {
    expect(answer(subject.good)).toBe('accepted');
  });

  test.each(doors)('$name that the same hand signed anew is accepted, with other parts', ({ answer }) => {
    expect(subject.alsoGood.map(answer)).toEqual(subject.alsoGood.map(() => 'accepted'));
  });

  test('has 60 mutants and more, no two of one name and no two the same', () => {
    const { mutants, good } = subject;
    const messages = mutants.map(({ message }) => JSON.stringify(message));
    expect(mutants.length).toBeGreaterThanOrEqual(60);
    expect(repeated(mutants.map(({ name }) => name))).toEqual([]);
    expect(repeated(messages).map((text) => mutants[messages.lastIndexOf(text)]?.name)).toEqual([]);
    expect(messages).not.toContain(JSON.stringify(good));
  });

  test('has mutants of each class, or a reason why it has no such part', () => {
    const absent = CLASS_NAMES.filter((of) => inClass(subject, of).length === 0);
    expect(Object.keys(subject.without).sort()).toEqual([...absent].sort());
  });

  const present = CLASS_NAMES.filter((of) => inClass(subject, of).length > 0);
  test.each(present)('refuses: %s', (of) => {
    const allowed = [...CLASSES[of], ...(subject.alsoAllowed[of] ?? [])];
    const found = doors.map((door) => [door.name, surprises(door, inClass(subject, of), allowed)]);
    expect(found).toEqual(doors.map(({ name }) => [name, []]));
  });
});

function repeated(texts: readonly string[]): readonly string[] {
  const seen = new Set<string>();
  return texts.filter((text) => seen.has(text) || !seen.add(text));
}
