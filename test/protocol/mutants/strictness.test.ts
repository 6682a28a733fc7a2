// Strictness: every message with a right signature and one fault is refused, under every profile.
import { describe, expect, test } from 'vitest';
import { PROFILES } from '../../../lib/protocol/profiles/profiles.ts';
import { type EntryPoint, entryPointsOf } from './entry-points.ts';
import { CLASS_NAMES, CLASSES, type Mutant, type MutantClass, type Subject } from './mutant.ts';
import { makeSubjects } from './subjects/subjects.ts';

const NOW_MS = 1_800_000_000_000;
const SUBJECTS = makeSubjects(NOW_MS);

const inClass = ({ mutants }: Subject, kind: MutantClass) => mutants.filter((mutant) => mutant.kind === kind);

/** Returns the mutants with an outcome that is not allowed: an acceptance, a throw, or a refusal with another problem. */
function surprises(entry: EntryPoint, mutants: readonly Mutant[], allowed: readonly string[]): readonly string[] {
  return mutants
    .filter(({ message }) => entry.sees(message))
    .map(({ name, message }) => ({ name, outcome: entry.answer(message) }))
    .filter(({ outcome }) => !allowed.includes(outcome))
    .map(({ name, outcome }) => `${name}: ${outcome}`);
}

test('covers every profile', () => {
  expect(new Set(SUBJECTS.map(({ profile }) => profile))).toEqual(new Set(Object.keys(PROFILES)));
});

describe.each(SUBJECTS)('$name', (subject) => {
  const entries = entryPointsOf(subject);

  test.each(entries)('accepts $name as it was signed, so that mutants are refused for their fault', ({ answer }) => {
    expect(answer(subject.good)).toBe('accepted');
  });

  test.each(entries)('accepts $name with other parts, signed again with the same key', ({ answer }) => {
    expect(subject.alsoGood.map(answer)).toEqual(subject.alsoGood.map(() => 'accepted'));
  });

  test('has at least 60 mutants, all with different names and different messages', () => {
    const { mutants, good } = subject;
    const messages = mutants.map(({ message }) => JSON.stringify(message));
    expect(mutants.length).toBeGreaterThanOrEqual(60);
    expect(repeated(mutants.map(({ name }) => name))).toEqual([]);
    expect(repeated(messages).map((text) => mutants[messages.lastIndexOf(text)]?.name)).toEqual([]);
    expect(messages).not.toContain(JSON.stringify(good));
  });

  test('has mutants of every class, or a reason why it has none', () => {
    const absent = CLASS_NAMES.filter((kind) => inClass(subject, kind).length === 0);
    expect(Object.keys(subject.without).sort()).toEqual([...absent].sort());
  });

  const present = CLASS_NAMES.filter((kind) => inClass(subject, kind).length > 0);
  test.each(present)('refuses: %s', (kind) => {
    const allowed = [...CLASSES[kind], ...(subject.alsoAllowed[kind] ?? [])];
    const found = entries.map((entry) => [entry.name, surprises(entry, inClass(subject, kind), allowed)]);
    expect(found).toEqual(entries.map(({ name }) => [name, []]));
  });
});

function repeated(texts: readonly string[]): readonly string[] {
  const seen = new Set<string>();
  return texts.filter((text) => seen.has(text) || !seen.add(text));
}
