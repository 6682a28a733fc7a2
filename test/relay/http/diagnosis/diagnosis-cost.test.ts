// The cost of a refusal: it takes as many MACs and Ed25519 checks for an unknown key as for a known one.
import { describe, expect, it } from 'vitest';
import type { IncomingRequest } from '../../../../lib/relay/http/request-pipeline.ts';
import { ACCOUNT } from '../../../support/relay/samples.ts';
import { createWorld, type World, withHeaders } from '../../../support/relay/world.ts';
import { draftOf, signByHand } from '../../../support/signing/hand-signing.ts';
import { MISTAKES } from '../../../support/signing/mistakes.ts';
import { makePartnerOf, PARTNER_WAYS, submission } from '../../../support/signing/partner-ways.ts';
import { strangersRequest, UNUSABLE_ROWS } from './strangers.ts';
import { createWatchedPipeline, record } from './watched-relay.ts';

/** Returns the answer of a new pipeline, and how many MACs and checks it computed. */
async function costOf(world: World, request: IncomingRequest) {
  const pipeline = createWatchedPipeline(world.ports, { submitLink: { audience: 'partner', handle: () => accepted } });
  record.macs.length = 0;
  record.checks = 0;
  const { status, body } = await pipeline(request);
  return { status, body, cost: { macs: record.macs.length, checks: record.checks } };
}

const accepted = Promise.resolve({ status: 202, headers: {}, body: '{}' });

describe.each(PARTNER_WAYS)('under $name', (way) => {
  it.each(Object.entries(UNUSABLE_ROWS))('an unknown key costs as much as %s', async (_what, makeRow) => {
    const [world, otherWorld] = [await createWorld(), await createWorld()];
    await world.ports.registry.putKey(makeRow(way));
    const request = await strangersRequest(way);
    const [known, unknown] = [await costOf(world, request), await costOf(otherWorld, request)];
    expect(known).toEqual(unknown);
    expect(known.status).toBe(401);
    expect(way.isHmac ? known.cost.macs : known.cost.checks).toBeGreaterThan(2);
  });

  // With the digest of another body the signature itself is valid. The last but one test covers that.
  const wrong = (MISTAKES[way.name] ?? []).filter(
    ({ isPlain, problem }) => !isPlain || problem === 'request_malformed',
  );

  it.each(wrong)('an unknown key costs as much as a known key with $suspicion: $what', async (mistake) => {
    const [world, otherWorld] = [await createWorld(), await createWorld()];
    world.time.nowMs -= world.time.nowMs % 1000;
    otherWorld.time.nowMs = world.time.nowMs;
    const { keyOf } = mistake;
    const { key, secret } = keyOf ? await world.makePartner(ACCOUNT.accountId, keyOf) : await makePartnerOf(world, way);
    const right = draftOf(way, { keyId: key.keyId, credential: secret, nowMs: world.time.nowMs });
    const request = signByHand(way, { ...right, ...mistake.makes(right, way) });
    const [known, unknown] = [await costOf(world, request), await costOf(otherWorld, request)];
    expect(known.body).toContain(mistake.suspicion);
    expect(known.cost).toEqual(unknown.cost);
  });

  it.each(Object.entries(UNUSABLE_ROWS))(
    'an unknown key costs as much as %s when a body is too large for a diagnosis',
    async (...named) => {
      const [, makeRow] = named;
      const request = await strangersRequest(way, Buffer.alloc(16 * 1024 + 1, '{'));
      const [world, otherWorld] = [await createWorld(), await createWorld()];
      await world.ports.registry.putKey(makeRow(way));
      const known = await costOf(world, request);
      expect(known).toEqual(await costOf(otherWorld, request));
      expect(known.cost).toEqual(way.isHmac ? { macs: 2, checks: 0 } : { macs: 0, checks: 1 });
    },
  );

  it('an unknown key costs as much as a known key whose body was changed', async () => {
    const [world, otherWorld] = [await createWorld(), await createWorld()];
    const signed = world.signed(submission(), await makePartnerOf(world, way));
    const request = { ...signed, body: Buffer.from('{}') };
    expect(await costOf(world, request)).toEqual(await costOf(otherWorld, request));
  });

  it('a valid signature costs one MAC or one check, and no diagnosis', async () => {
    const world = await createWorld();
    const request = world.signed(submission(), await makePartnerOf(world, way));
    const { status, cost } = await costOf(world, request);
    expect([status, cost]).toEqual([202, way.isHmac ? { macs: 1, checks: 0 } : { macs: 0, checks: 1 }]);
  });

  it('an unknown key costs as much as a known key with a signature of another length', async () => {
    const [world, otherWorld] = [await createWorld(), await createWorld()];
    const request = withHeaders(world.signed(submission(), await makePartnerOf(world, way)), {
      signature: 'sig=:AAAA:',
    });
    if (way.profile !== 'rfc9421') return expect((await costOf(world, request)).status).toBe(202);
    expect(await costOf(world, request)).toEqual(await costOf(otherWorld, request));
  });
});
