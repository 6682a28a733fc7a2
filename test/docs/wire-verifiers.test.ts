// Every verifier of the wire document, run unchanged: it accepts our deliveries, and returns false for all others.
import { afterAll, describe, expect, test } from 'vitest';
import {
  type DelimitedProfile,
  OUTBOUND_PROFILES,
  type OutboundProfileId,
  PROFILES,
} from '../../lib/protocol/profiles/profiles.ts';
import { verifyWebhook } from '../../lib/protocol/signatures/webhook.ts';
import { entryPointsOf } from '../protocol/mutants/entry-points.ts';
import { makeSubjects } from '../protocol/mutants/subjects/subjects.ts';
import { BODY, type Case, casesOf, headersOf, keyOf, makeSecret, slippedCasesOf } from './wire-deliveries.ts';
import { fence } from './wire-document.ts';
import { importModule, makeScratch, runPython, testWith } from './wire-runtimes.ts';

const scratch = makeScratch();
afterAll(() => scratch.remove());

const MUTATED_AT_MS = 1_800_000_000_000;

/** Returns messages with a right signature and one malformed part, when that part is in a delivery. */
function mutantsOf(id: OutboundProfileId): Case[] {
  return makeSubjects(MUTATED_AT_MS)
    .filter(({ profile }) => profile === id)
    .flatMap((subject) => {
      const { secret, nowMs, mutants, good } = subject;
      const isSeen = entryPointsOf(subject).find(({ name }) => name === 'a delivery')?.sees;
      if (!isSeen) throw new Error(`${id} has no delivery`);
      const cases = mutants.filter(({ message }) => isSeen(message)).map(({ name, message }) => ({ name, message }));
      return [{ name: 'as signed', message: good }, ...cases].map(({ name, message: { headers, body } }) => {
        const delivery = { headers: { ...headers }, body: Buffer.from(body) };
        return { ...delivery, name: `mutant: ${name}`, secret, nowMs, genuine: name === 'as signed' };
      });
    });
}

const ALL = OUTBOUND_PROFILES.map((id) => {
  const named = casesOf(id);
  const slipped = slippedCasesOf(id);
  const mutants = mutantsOf(id);
  return { id, named, slipped, mutants, cases: [...named, ...slipped, ...mutants] };
});

/** Returns the names of the cases with a wrong answer. */
function misjudged(cases: readonly Case[], answers: readonly unknown[]): string[] {
  return cases.flatMap(({ name, genuine }, at) => (answers[at] === genuine ? [] : [`${name}: ${answers[at]}`]));
}

test.each(ALL)(
  'our own verifier gives the expected answers for $id, and some cases are genuine and some are not',
  ({ id, named, slipped, mutants }) => {
    const answers = named.map(({ headers, body, secret, nowMs = Date.now() }) => {
      return verifyWebhook(id, { headers, body }, [keyOf(id, secret)], nowMs).ok;
    });
    expect(misjudged(named, answers)).toEqual([]);
    expect(mutants.length).toBeGreaterThan(60);
    for (const cases of [named, slipped])
      expect(new Set(cases.map(({ genuine }) => genuine))).toEqual(new Set([true, false]));
  },
);

describe('Node', () => {
  type Verify = (headers: Record<string, string>, body: Buffer, secret: string, nowMs?: number) => unknown;

  test.each(ALL)('verifies $id', async ({ id, cases }) => {
    const { verify } = await importModule(scratch.path, id, fence(`js verify ${id}`));
    const answers = cases.map(({ headers, body, secret, nowMs }) => (verify as Verify)(headers, body, secret, nowMs));
    expect(misjudged(cases, answers)).toEqual([]);
  });

  test('verifies standard-webhooks with its library, which returns the event', async () => {
    const library = await importModule(scratch.path, 'library', fence('js verify standard-webhooks library'));
    const verify = library.verify as Verify;
    const [secret, other] = [makeSecret('standard-webhooks'), makeSecret('standard-webhooks')];
    const headers = headersOf('standard-webhooks', [other, secret], { timestampMs: Date.now() });
    expect(verify(headers, BODY, secret)).toEqual(JSON.parse(BODY.toString()));
    expect(verify(headers, BODY, other)).toEqual(JSON.parse(BODY.toString()));
    expect(() => verify(headers, Buffer.concat([BODY, BODY]), secret)).toThrow('No matching signature');
    expect(() => verify(headers, BODY, makeSecret('standard-webhooks'))).toThrow('No matching signature');
    const stale = headersOf('standard-webhooks', [secret], { timestampMs: Date.now() - 600_000 });
    expect(() => verify(stale, BODY, secret)).toThrow('too old');
  });
});

describe('Python', () => {
  function callsOf({ id, cases }: (typeof ALL)[number]) {
    const { clock }: DelimitedProfile = PROFILES[id];
    const source = fence(`python verify ${id}`);
    return cases.map(({ headers, body, secret, nowMs }) => {
      const now = clock && nowMs !== undefined ? [clock.unit === 's' ? nowMs / 1000 : nowMs] : [];
      return { source, call: 'verify', arguments: [headers, body, secret, ...now] };
    });
  }

  testWith(['python3'], 'verifies every outbound profile', async () => {
    const answers = (await runPython(ALL.flatMap(callsOf))).map((answer) =>
      'value' in answer ? answer.value : answer.error,
    );
    for (const { cases } of ALL) expect(misjudged(cases, answers.splice(0, cases.length))).toEqual([]);
    expect(answers).toEqual([]);
  });
});
