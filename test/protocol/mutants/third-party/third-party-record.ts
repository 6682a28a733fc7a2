// The record of what other verifiers accept of our mutants, as a document: measured, then written out.
import { readFileSync } from 'node:fs';
import { doorsOf } from '../doors.ts';
import { CLASS_NAMES, type Mutant, type Subject } from '../mutant.ts';
import { type Verifier, verifiersOf } from './third-party-verifiers.ts';

/** How many of the mutants that it can see a verifier accepts. */
interface Count {
  readonly accepted: number;
  readonly seen: number;
}

interface Row {
  readonly of: string;
  readonly mutants: number;
  readonly ours: number;
  readonly theirs: readonly Count[];
}

const PINNED = JSON.parse(readFileSync(new URL('../../../../package.json', import.meta.url), 'utf8')) as {
  readonly devDependencies: Readonly<Record<string, string>>;
};

const INTRODUCTION = `# What other verifiers accept of the mutants

Written by \`third-party.test.ts\`, which fails when it measures anything else; \`UPDATE_THIRD_PARTY=1\` writes it again.

Each mutant is one well-signed message with one thing wrong (see \`mutant.ts\` for the classes). \`Signet\` is how many of
them we accept. For every other verifier: how many it accepts, of those that it can see. A mutant in a part that a verifier
is never handed, such as the header that names the key, is not counted for it.

Accepting a mutant is not in itself a hole: most of these texts mean what was signed, to a lenient reader. It is a second
text for the same message, and whoever compares texts, counts repeats by them or reads them with another parser is
misled by it. The time and the tolerance of five minutes are the same for all.
`;

const NOTES: Readonly<Record<string, string>> = {
  rfc9421:
    '`http-message-signatures` is told which components and parameters are required, and the age. It leaves comparing the body with its digest, the grammar of nonce and key id, and unknown parameters to its caller.',
  vouchersx:
    '`stripe` has no bound on times ahead, reads the time with `parseInt`, and takes a byte order mark off the body.',
  'standard-webhooks': '`svix` calls `standardwebhooks`, which reads the time with `parseInt`.',
};

async function countOf(verifier: Verifier, mutants: readonly Mutant[]): Promise<Count> {
  const seen = mutants.filter(({ message }) => verifier.sees(message));
  const verdicts = await Promise.all(seen.map(({ message }) => verifier.accepts(message)));
  return { accepted: verdicts.filter(Boolean).length, seen: seen.length };
}

async function rowOf(subject: Subject, of: string, mutants: readonly Mutant[]): Promise<Row> {
  const doors = doorsOf(subject);
  const isOurs = ({ message }: Mutant) =>
    doors.some((door) => door.sees(message) && door.answer(message) === 'accepted');
  const theirs = await Promise.all(verifiersOf(subject).map((verifier) => countOf(verifier, mutants)));
  return { of, mutants: mutants.length, ours: mutants.filter(isOurs).length, theirs };
}

async function measure(subject: Subject): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const of of CLASS_NAMES) {
    const mutants = subject.mutants.filter((mutant) => mutant.of === of);
    if (mutants.length > 0) rows.push(await rowOf(subject, of, mutants));
  }
  return [...rows, rows.reduce(sumOf)];
}

function sumOf(sum: Row, row: Row): Row {
  const theirs = sum.theirs.map(({ accepted, seen }, index) => ({
    accepted: accepted + (row.theirs[index]?.accepted ?? 0),
    seen: seen + (row.theirs[index]?.seen ?? 0),
  }));
  return { of: '**all**', mutants: sum.mutants + row.mutants, ours: sum.ours + row.ours, theirs };
}

const line = (cells: readonly (string | number)[]) => `| ${cells.join(' | ')} |`;
const cell = ({ accepted, seen }: Count) => (seen === 0 ? '–' : `${accepted} of ${seen}`);

async function section(subject: Subject): Promise<string> {
  const names = verifiersOf(subject).map(({ name }) => `${name} ${PINNED.devDependencies[name]}`);
  const head = ['class', 'mutants', 'Signet', ...names];
  const rows = await measure(subject);
  const note = names.length > 0 ? (NOTES[subject.profile] ?? '') : 'No library that we know of reads this form.';
  return [
    `## ${subject.name}: ${subject.form}`,
    '',
    note,
    '',
    line(head),
    line(head.map((_, index) => (index === 0 ? '---' : '---:'))),
    ...rows.map(({ of, mutants, ours, theirs }) => line([of, mutants, ours, ...theirs.map(cell)])),
    '',
  ].join('\n');
}

export async function renderRecord(subjects: readonly Subject[]): Promise<string> {
  const sections: string[] = [];
  for (const subject of subjects) sections.push(await section(subject));
  return [INTRODUCTION, ...sections].join('\n');
}
