// What a refusal costs: as many MACs and Ed25519 checks whatever is known of the key, so that no clock tells keys apart.
import { describe, expect, it } from 'vitest';
import type { IncomingRequest } from '../../../lib/relay/http/request-pipeline.ts';
import { ACCOUNT } from '../../support/relay/samples.ts';
import { createWorld, type World, withHeaders } from '../../support/relay/world.ts';
import { draftOf, signByHand } from '../../support/signing/hand-signing.ts';
import { MISTAKES } from '../../support/signing/mistakes.ts';
import { makePartnerOf, PARTNER_WAYS, submission } from '../../support/signing/partner-ways.ts';
import { STANDS_THERE, strangersRequest } from './strangers.ts';
import { createWatchedDoor, record } from './watched-relay.ts';

/** The answer of a door that was never asked before, and what it had to compute for it. */
async function costOf(world: World, request: IncomingRequest) {
  const door = createWatchedDoor(world.ports, { submitLink: { audience: 'partner', handle: () => taken } });
  record.macs.length = 0;
  record.checks = 0;
  const { status, body } = await door(request);
  return { status, body, cost: { macs: record.macs.length, checks: record.checks } };
}

const taken = Promise.resolve({ status: 202, headers: {}, body: '{}' });

describe.each(PARTNER_WAYS)('under $name', (way) => {
  it.each(Object.entries(STANDS_THERE))('an unknown key costs as much as %s', async (_what, stands) => {
    const [world, elsewhere] = [await createWorld(), await createWorld()];
    await world.ports.registry.putKey(stands(way));
    const request = await strangersRequest(way);
    const [known, unknown] = [await costOf(world, request), await costOf(elsewhere, request)];
    expect(known).toEqual(unknown);
    expect(known.status).toBe(401);
    expect(way.isHmac ? known.cost.macs : known.cost.checks).toBeGreaterThan(2);
  });

  // A digest of another body lets the signature hold: see below.
  const wrong = (MISTAKES[way.name] ?? []).filter(
    ({ isPlain, problem }) => !isPlain || problem === 'request_malformed',
  );

  it.each(wrong)('an unknown key costs as much as $suspicion: $what', async (mistake) => {
    const [world, elsewhere] = [await createWorld(), await createWorld()];
    world.time.nowMs -= world.time.nowMs % 1000;
    elsewhere.time.nowMs = world.time.nowMs;
    const { keyOf } = mistake;
    const { key, secret } = keyOf ? await world.makePartner(ACCOUNT.accountId, keyOf) : await makePartnerOf(world, way);
    const right = draftOf(way, { keyId: key.keyId, credential: secret, nowMs: world.time.nowMs });
    const request = signByHand(way, { ...right, ...mistake.makes(right, way) });
    const [known, unknown] = [await costOf(world, request), await costOf(elsewhere, request)];
    expect(known.body).toContain(mistake.suspicion);
    expect(known.cost).toEqual(unknown.cost);
  });

  it.each(Object.entries(STANDS_THERE))(
    'where nothing is tried, an unknown key costs as much as %s',
    async (...named) => {
      const [, stands] = named;
      const request = await strangersRequest(way, Buffer.alloc(16 * 1024 + 1, '{'));
      const [world, elsewhere] = [await createWorld(), await createWorld()];
      await world.ports.registry.putKey(stands(way));
      const known = await costOf(world, request);
      expect(known).toEqual(await costOf(elsewhere, request));
      expect(known.cost).toEqual(way.isHmac ? { macs: 2, checks: 0 } : { macs: 0, checks: 1 });
    },
  );

  it('an unknown key costs as much as a right signature with another body', async () => {
    const [world, elsewhere] = [await createWorld(), await createWorld()];
    const signed = world.signed(submission(), await makePartnerOf(world, way));
    const request = { ...signed, body: Buffer.from('{}') };
    expect(await costOf(world, request)).toEqual(await costOf(elsewhere, request));
  });

  it('a signature that holds costs one MAC or one check, and no diagnosis', async () => {
    const world = await createWorld();
    const request = world.signed(submission(), await makePartnerOf(world, way));
    const { status, cost } = await costOf(world, request);
    expect([status, cost]).toEqual([202, way.isHmac ? { macs: 1, checks: 0 } : { macs: 0, checks: 1 }]);
  });

  it('a signature of another length costs an unknown key as much as a known one', async () => {
    const [world, elsewhere] = [await createWorld(), await createWorld()];
    const request = withHeaders(world.signed(submission(), await makePartnerOf(world, way)), {
      signature: 'sig=:AAAA:',
    });
    if (way.profile !== 'rfc9421') return expect((await costOf(world, request)).status).toBe(202);
    expect(await costOf(world, request)).toEqual(await costOf(elsewhere, request));
  });
});
