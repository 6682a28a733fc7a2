// Seeded mistakes: each well-known mistake, made by hand under each profile where it is possible, is named in the answer.
import { describe, expect, it, test } from 'vitest';
import { PROBLEMS } from '../../../../lib/api/problems.ts';
import { SUSPICIONS, type Suspicion } from '../../../../lib/protocol/diagnosis/suspicions.ts';
import { ACCOUNT } from '../../../support/relay/samples.ts';
import { createWorld } from '../../../support/relay/world.ts';
import { draftOf, signByHand } from '../../../support/signing/hand-signing.ts';
import { MISTAKES, type Mistake } from '../../../support/signing/mistakes.ts';
import { makePartnerOf, PARTNER_WAYS, type PartnerWay } from '../../../support/signing/partner-ways.ts';
import { DOES_NOT_APPLY } from './inapplicable-mistakes.ts';

const CODES = Object.keys(SUSPICIONS).sort() as Suspicion[];

/** Returns a world at a whole second, so that a time in milliseconds has the zeros that a time in seconds implies. */
async function worldAtWholeSecond() {
  const world = await createWorld();
  world.time.nowMs = Math.floor(world.time.nowMs / 1000) * 1000;
  return world;
}

/** Sends the same request to a relay that has the key and to one that does not. */
async function askBoth(way: PartnerWay, mistake: Pick<Mistake, 'makes' | 'keyOf'>) {
  const [world, otherWorld] = [await worldAtWholeSecond(), await worldAtWholeSecond()];
  const { keyOf } = mistake;
  const partner = keyOf ? await world.makePartner(ACCOUNT.accountId, keyOf) : await makePartnerOf(world, way);
  const { keyId } = partner.key;
  const right = draftOf(way, { keyId, credential: partner.secret, nowMs: world.time.nowMs });
  const request = signByHand(way, { ...right, ...mistake.makes(right, way) });
  return { world, keyId, request, known: await world.ask(request), unknown: await otherWorld.ask(request) };
}

describe.each(PARTNER_WAYS)('under $name', (way) => {
  const { name } = way;
  const mistakes = MISTAKES[name] ?? [];

  test('every suspicion has a mistake that causes it, or a reason why it cannot occur', () => {
    const caused = new Set(mistakes.map(({ suspicion }) => suspicion));
    const reasons = Object.keys(DOES_NOT_APPLY[name] ?? {});
    expect([...caused, ...reasons].sort()).toEqual(CODES);
  });

  it('accepts a request that is signed by hand without a mistake', async () => {
    const { world, known } = await askBoth(way, { makes: () => ({}) });
    expect([known.status, known.json.suspicion, world.events.map(({ event }) => event)]).toEqual([
      202,
      undefined,
      ['job.admitted'],
    ]);
  });

  it.each(mistakes)('names $suspicion: $what', async (mistake) => {
    const { world, keyId, known } = await askBoth(way, mistake);
    const { suspicion, problem } = mistake;
    expect(known).toMatchObject({ status: PROBLEMS[problem].status, json: { code: problem, suspicion } });
    expect(known.json.detail).toContain(SUSPICIONS[suspicion]);
    const named = problem === 'signature_invalid' ? { keyId } : {};
    expect(world.events).toMatchObject([{ event: 'request.refused', problem, suspicion, ...named }]);
    expect([world.ports.oneTimeValues.count(), world.ports.jobs.all()]).toEqual([0, []]);
  });

  it.each(mistakes)('names $suspicion only if the key fits: $what', async (mistake) => {
    const { known, unknown } = await askBoth(way, mistake);
    if (mistake.isPlain) return expect(unknown).toEqual(known);
    const { suspicion, detail, ...rest } = unknown.json;
    expect([suspicion, detail]).toEqual([undefined, expect.stringMatching(/^Check the key id/)]);
    expect([unknown.status, unknown.headers]).toEqual([known.status, known.headers]);
    expect({ ...rest, suspicion: mistake.suspicion, detail: SUSPICIONS[mistake.suspicion] }).toEqual(known.json);
  });
});
