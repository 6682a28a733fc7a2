// The mutants that other libraries accept are those of the record.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { makeSubjects } from '../subjects/subjects.ts';
import { renderRecord } from './third-party-record.ts';
import { verifiersOf } from './third-party-verifiers.ts';

const RECORD = new URL('./third-party.md', import.meta.url);
// Two of the libraries read the machine's clock and accept no other one, so the messages are signed at the current time.
// The time must not end in zeros, because a lenient reader may read its shortened text as the same number.
const SUBJECTS = makeSubjects(Math.floor(Date.now() / 10_000) * 10_000 - 3_000);

describe.each(SUBJECTS.filter((subject) => verifiersOf(subject).length > 0))('$name', (subject) => {
  test.each(verifiersOf(subject))('$name accepts the message without a fault', async ({ accepts }) => {
    expect(await accepts(subject.good)).toBe(true);
  });

  test.each(verifiersOf(subject))(
    '$name refuses a changed bit in the signed content or in the signature',
    async (verifier) => {
      const flips = ['a bit of the signature', 'signed with another secret', 'a signature of zeros', 'another path'];
      const mutants = subject.mutants.filter(({ name }) => flips.includes(name));
      expect(mutants.length).toBeGreaterThanOrEqual(2);
      for (const { name, message } of mutants) expect([name, await verifier.accepts(message)]).toEqual([name, false]);
    },
  );
});

test('the record has the measured numbers for every class and verifier, and our verifier accepts none', async () => {
  const measured = await renderRecord(SUBJECTS);
  if (process.env['UPDATE_THIRD_PARTY'] === '1') writeFileSync(RECORD, measured);
  expect(existsSync(RECORD) ? readFileSync(RECORD, 'utf8') : '').toBe(measured);
  const totals = measured.split('\n').filter((line) => line.startsWith('| **all** |'));
  expect(totals.map((line) => line.split('|')[3]?.trim())).toEqual(SUBJECTS.map(() => '0'));
});
