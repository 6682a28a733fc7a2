// Other people's verifiers over the same mutants: what they accept is measured, and must be what the record says.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { makeSubjects } from '../subjects/subjects.ts';
import { renderRecord } from './third-party-record.ts';
import { verifiersOf } from './third-party-verifiers.ts';

const RECORD = new URL('./third-party.md', import.meta.url);
// Two of the libraries read the machine's clock and can be told no other time, so the messages are signed just now,
// at a time that does not end in zeros: cut shorter, such a one can be the same number to a lenient reader.
const SUBJECTS = makeSubjects(Math.floor(Date.now() / 10_000) * 10_000 - 3_000);

describe.each(SUBJECTS.filter((subject) => verifiersOf(subject).length > 0))('$name', (subject) => {
  test.each(verifiersOf(subject))('$name accepts the message that nothing is wrong with', async ({ accepts }) => {
    expect(await accepts(subject.good)).toBe(true);
  });

  test.each(verifiersOf(subject))(
    '$name refuses a bit of the signed bytes or the signature changed',
    async (verifier) => {
      const flips = ['a bit of the signature', 'under another secret', 'a signature of zeros', 'another path'];
      const mutants = subject.mutants.filter(({ name }) => flips.includes(name));
      expect(mutants.length).toBeGreaterThanOrEqual(2);
      for (const { name, message } of mutants) expect([name, await verifier.accepts(message)]).toEqual([name, false]);
    },
  );
});

test('the record says how many of each class every verifier accepts, and that we accept none', async () => {
  const measured = await renderRecord(SUBJECTS);
  if (process.env['UPDATE_THIRD_PARTY'] === '1') writeFileSync(RECORD, measured);
  expect(existsSync(RECORD) ? readFileSync(RECORD, 'utf8') : '').toBe(measured);
  const totals = measured.split('\n').filter((line) => line.startsWith('| **all** |'));
  expect(totals.map((line) => line.split('|')[3]?.trim())).toEqual(SUBJECTS.map(() => '0'));
});
