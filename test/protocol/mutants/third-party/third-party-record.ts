// Measures how many of our mutants other verifiers accept, and writes the record of it as a document.
import { readFileSync } from 'node:fs';
import { entryPointsOf } from '../entry-points.ts';
import { CLASS_NAMES, type Mutant, type Subject } from '../mutant.ts';
import { type Verifier, verifiersOf } from './third-party-verifiers.ts';

/** How many mutants a verifier accepts, and how many it can see. */
interface Count {
  readonly accepted: number;
  readonly seen: number;
}

interface Row {
  readonly kind: string;
  readonly mutants: number;
  readonly ours: number;
  readonly theirs: readonly Count[];
}

const PINNED = JSON.parse(readFileSync(new URL('../../../../package.json', import.meta.url), 'utf8')) as {
  readonly devDependencies: Readonly<Record<string, string>>;
};

const INTRODUCTION = `# Mutants that other verifiers accept

\`third-party.test.ts\` writes this record when \`UPDATE_THIRD_PARTY=1\` is set. Otherwise it fails when it measures
anything else.

A mutant is a message with a right signature and one fault (\`mutant.ts\` lists the classes). The column \`Signet\` says how
many mutants our verifier accepts. The other columns say how many mutants a verifier accepts, of those that it can see. A
verifier cannot see a mutant in a part that it does not get, such as the header with the key id.

Accepting a mutant is not a vulnerability in itself: for a lenient reader most of these texts mean what was signed. But a
mutant is a second text for the same message. It misleads programs that compare texts, that detect replays by them, or
that read them with another parser. All verifiers use the same time and the same tolerance of five minutes.
`;

const NOTES: Readonly<Record<string, string>> = {
  rfc9421:
    '`http-message-signatures` gets the required components and parameters and the maximum age. It leaves three checks to its caller: the digest of the body, the grammar of nonce and key id, and unknown parameters.',
  vouchersx:
    '`stripe` has no limit for times in the future, reads the time with `parseInt`, and removes a byte order mark from the body.',
  'standard-webhooks': '`svix` calls `standardwebhooks`, which reads the time with `parseInt`.',
};

async function countOf(verifier: Verifier, mutants: readonly Mutant[]): Promise<Count> {
  const seen = mutants.filter(({ message }) => verifier.sees(message));
  const verdicts = await Promise.all(seen.map(({ message }) => verifier.accepts(message)));
  return { accepted: verdicts.filter(Boolean).length, seen: seen.length };
}

async function rowOf(subject: Subject, kind: string, mutants: readonly Mutant[]): Promise<Row> {
  const entries = entryPointsOf(subject);
  const isOurs = ({ message }: Mutant) =>
    entries.some((entry) => entry.sees(message) && entry.answer(message) === 'accepted');
  const theirs = await Promise.all(verifiersOf(subject).map((verifier) => countOf(verifier, mutants)));
  return { kind, mutants: mutants.length, ours: mutants.filter(isOurs).length, theirs };
}

async function measure(subject: Subject): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const kind of CLASS_NAMES) {
    const mutants = subject.mutants.filter((mutant) => mutant.kind === kind);
    if (mutants.length > 0) rows.push(await rowOf(subject, kind, mutants));
  }
  return [...rows, rows.reduce(sumOf)];
}

function sumOf(sum: Row, row: Row): Row {
  const theirs = sum.theirs.map(({ accepted, seen }, index) => ({
    accepted: accepted + (row.theirs[index]?.accepted ?? 0),
    seen: seen + (row.theirs[index]?.seen ?? 0),
  }));
  return { kind: '**all**', mutants: sum.mutants + row.mutants, ours: sum.ours + row.ours, theirs };
}

const line = (cells: readonly (string | number)[]) => `| ${cells.join(' | ')} |`;
const cell = ({ accepted, seen }: Count) => (seen === 0 ? '–' : `${accepted} of ${seen}`);

async function section(subject: Subject): Promise<string> {
  const names = verifiersOf(subject).map(({ name }) => `${name} ${PINNED.devDependencies[name]}`);
  const head = ['class', 'mutants', 'Signet', ...names];
  const rows = await measure(subject);
  const note = names.length > 0 ? (NOTES[subject.profile] ?? '') : 'We know no library that reads this form.';
  return [
    `## ${subject.name}: ${subject.form}`,
    '',
    note,
    '',
    line(head),
    line(head.map((_, index) => (index === 0 ? '---' : '---:'))),
    ...rows.map(({ kind, mutants, ours, theirs }) => line([kind, mutants, ours, ...theirs.map(cell)])),
    '',
  ].join('\n');
}

/** Measures all subjects and returns the record in Markdown. */
export async function renderRecord(subjects: readonly Subject[]): Promise<string> {
  const sections: string[] = [];
  for (const subject of subjects) sections.push(await section(subject));
  return [INTRODUCTION, ...sections].join('\n');
}
