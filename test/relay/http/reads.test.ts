// Reads: under some profiles a signature can be used for one read only, under others for many.
import { describe, expect, it } from 'vitest';
import { createWorld, type Partner, type World } from '../../support/relay/world.ts';
import { makePartnerOf, PARTNER_WAYS, read, submission } from '../../support/signing/partner-ways.ts';

async function submitted(world: World, partner: Partner): Promise<string> {
  return (await world.ask(world.signed(submission(), partner))).headers['location'] ?? '';
}

describe.each(PARTNER_WAYS)('under $name', (way) => {
  it(`reads a job ${way.claimsReads ? 'once' : 'many times'} with one signature`, async () => {
    const world = await createWorld();
    const partner = await makePartnerOf(world, way);
    const path = await submitted(world, partner);
    const claimedBefore = world.ports.oneTimeValues.count();
    const request = world.signed(read(path), partner);
    const statuses = [(await world.ask(request)).status, (await world.ask(request)).status];
    expect(statuses).toEqual(way.claimsReads ? [200, 409] : [200, 200]);
    expect(world.ports.oneTimeValues.count() - claimedBefore).toBe(way.claimsReads ? 1 : 0);
  });

  it(`reads evidence ${way.claimsReads ? 'once' : 'many times'} with one signature`, async () => {
    const world = await createWorld();
    const partner = await makePartnerOf(world, way);
    const request = world.signed(read(`${await submitted(world, partner)}/evidence`), partner);
    const codes = [(await world.ask(request)).json.code, (await world.ask(request)).json.code];
    expect(codes).toEqual(['not_found', way.claimsReads ? 'nonce_replayed' : 'not_found']);
  });

  it('answers two reads that are signed at the same time', async () => {
    const world = await createWorld();
    const partner = await makePartnerOf(world, way);
    const path = await submitted(world, partner);
    for (let times = 0; times < 2; times += 1)
      expect((await world.ask(world.signed(read(path), partner))).status).toBe(200);
  });
});
