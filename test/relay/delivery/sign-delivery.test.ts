// Headers of a delivery under each outbound profile, computed by hand, and the secrets that sign during a rotation.
import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { ensureEndpoint } from '../../../lib/local/demo/ensure.ts';
import { OUTBOUND_PROFILES, type OutboundProfileId } from '../../../lib/protocol/profiles/profiles.ts';
import { Secret } from '../../../lib/protocol/secret.ts';
import { deliverEvent } from '../../../lib/relay/delivery/deliver-event.ts';
import { signDelivery } from '../../../lib/relay/delivery/sign-delivery.ts';
import { secretOf } from '../../../lib/relay/keys/resolve-key.ts';
import { parseKeyRing } from '../../../lib/relay/model/key-ring.ts';
import { DependencyUnavailable } from '../../../lib/relay/model/ports.ts';
import type { Delivery, Endpoint } from '../../../lib/relay/model/records.ts';
import { ACCOUNT, MINUTE, NOW, SECOND, sampleDelivery, sampleEndpoint } from '../../support/relay/samples.ts';
import { createWorld } from '../../support/relay/world.ts';

const RING = parseKeyRing(JSON.stringify({ 1: '11'.repeat(32), 2: '22'.repeat(32) }));
const BODY = '{"text":"ü€😀"}';
const DELIVERY: Delivery = { ...sampleDelivery({ eventId: 'evt_1', body: BODY }), attempt: 3 };
const SECONDS = '1795348800';
const MILLISECONDS = '1795348800250';

interface OutboundFacts {
  readonly signatureHeader: string;
  /** The other headers that only this profile adds. */
  readonly others: Readonly<Record<string, string>>;
  /** Returns the signature header's text for these secrets, in their order. */
  readonly write: (secrets: readonly string[]) => string;
  readonly isList: boolean;
}

const mac = (key: string | Buffer, content: string) => createHmac('sha256', key).update(content);

const FACTS: Readonly<Record<OutboundProfileId, OutboundFacts>> = {
  vouchersx: {
    signatureHeader: 'x-signature',
    others: { 'x-partner-slug': 'acme-vouchers' },
    write: (secrets) =>
      [`t=${SECONDS}`, ...secrets.map((secret) => `v1=${mac(secret, `${SECONDS}.${BODY}`).digest('hex')}`)].join(','),
    isList: true,
  },
  daylight: {
    signatureHeader: 'daylight-signature',
    others: {},
    write: ([secret = '']) => `t=${SECONDS},v1=${mac(secret, `${SECONDS}.${BODY}`).digest('base64url')}`,
    isList: false,
  },
  nitro: {
    signatureHeader: 'x-signature',
    others: { 'x-timestamp': MILLISECONDS },
    write: ([secret = '']) => mac(secret, MILLISECONDS + BODY).digest('hex'),
    isList: false,
  },
  tolinku: {
    signatureHeader: 'x-webhook-signature',
    others: {},
    write: ([secret = '']) => mac(secret, BODY).digest('hex'),
    isList: false,
  },
  'standard-webhooks': {
    signatureHeader: 'webhook-signature',
    others: {},
    write: (secrets) =>
      secrets
        .map((secret) =>
          mac(Buffer.from(secret.slice('whsec_'.length), 'base64'), `evt_1.${SECONDS}.${BODY}`).digest('base64'),
        )
        .map((text) => `v1,${text}`)
        .join(' '),
    isList: true,
  },
};

const EVERY_DELIVERY = {
  'content-type': 'application/json',
  'user-agent': 'Signet-Relay/1',
  'webhook-id': 'evt_1',
  'webhook-timestamp': SECONDS,
  'x-webhook-event': 'link.resolved',
};

const VERSIONS = {
  current: { version: 3, master: 2 },
  previous: { version: 2, master: 1, endsAt: NOW + MINUTE },
  oldest: { version: 1, master: 1, endsAt: NOW + SECOND },
} as const;

describe.each(OUTBOUND_PROFILES)('under %s', (profile) => {
  const { signatureHeader, others, write, isList } = FACTS[profile];

  const endpointWith = (...versions: Endpoint['versions']) =>
    sampleEndpoint({ profile, keyId: 'acme-vouchers', versions });
  const textOf = (endpoint: Endpoint, ...versions: readonly Endpoint['versions'][number][]) =>
    write(versions.map((version) => secretOf(endpoint, version, RING).reveal()));

  it('sends the profile’s headers and the common ones, and no other', () => {
    const endpoint = endpointWith(VERSIONS.current);
    expect(signDelivery(endpoint, DELIVERY, RING, NOW)).toEqual({
      ...EVERY_DELIVERY,
      ...others,
      [signatureHeader]: textOf(endpoint, VERSIONS.current),
    });
  });

  it(`signs with ${isList ? 'both secrets of a rotation, current first' : 'the secret from before a rotation'}`, () => {
    const { current, previous } = VERSIONS;
    const endpoint = endpointWith(current, previous);
    const signers = isList ? [current, previous] : [previous];
    expect(signDelivery(endpoint, DELIVERY, RING, NOW)[signatureHeader]).toBe(textOf(endpoint, ...signers));
  });

  it(`signs with ${isList ? 'all three active secrets' : 'the oldest of three active secrets'}`, () => {
    const { current, previous, oldest } = VERSIONS;
    const endpoint = endpointWith(current, previous, oldest);
    const signers = isList ? [current, previous, oldest] : [oldest];
    expect(signDelivery(endpoint, DELIVERY, RING, NOW)[signatureHeader]).toBe(textOf(endpoint, ...signers));
  });

  it('signs with the current secret alone from the millisecond in which the overlap ends', () => {
    const { current, previous } = VERSIONS;
    for (const [endsAt, signers] of [
      [NOW + 1, isList ? [current, previous] : [previous]],
      [NOW, [current]],
      [NOW - 1, [current]],
    ] as const) {
      const endpoint = endpointWith(current, { ...previous, endsAt });
      expect(signDelivery(endpoint, DELIVERY, RING, NOW)[signatureHeader]).toBe(textOf(endpoint, ...signers));
    }
  });

  it('throws for an endpoint without an active secret, and sends nothing unsigned', () => {
    const endpoint = endpointWith({ ...VERSIONS.previous, endsAt: NOW });
    expect(() => signDelivery(endpoint, DELIVERY, RING, NOW)).toThrow('has no active secret');
  });

  it('keeps the id and body on the next attempt, and changes the signature exactly if a time is signed', () => {
    const endpoint = endpointWith(VERSIONS.current);
    const [first, second] = [NOW, NOW + MINUTE].map((nowMs) => signDelivery(endpoint, DELIVERY, RING, nowMs));
    expect(second?.['webhook-id']).toBe(first?.['webhook-id']);
    expect(second?.['webhook-timestamp']).not.toBe(first?.['webhook-timestamp']);
    expect(second?.[signatureHeader] === first?.[signatureHeader]).toBe(profile === 'tolinku');
  });
});

describe('x-partner-slug', () => {
  const slugOf = (endpoint: Endpoint) => signDelivery(endpoint, DELIVERY, RING, NOW)['x-partner-slug'];

  it('is the endpoint’s key id, or the endpoint’s own id if it has no key id', () => {
    expect(slugOf(sampleEndpoint({ profile: 'vouchersx', keyId: 'acme' }))).toBe('acme');
    expect(slugOf(sampleEndpoint({ profile: 'vouchersx', endpointId: 'ep-9' }))).toBe('ep-9');
  });

  it('is absent under every other profile', () => {
    for (const profile of OUTBOUND_PROFILES.filter((id) => id !== 'vouchersx'))
      expect(Object.keys(signDelivery(sampleEndpoint({ profile, keyId: 'acme' }), DELIVERY, RING, NOW))).not.toEqual(
        expect.arrayContaining([expect.stringMatching(/slug|key/)]),
      );
  });
});

describe('a delivery to a new endpoint', () => {
  it.each(OUTBOUND_PROFILES)('is signed under %s with the secret that was shown', async (profile) => {
    const world = await createWorld();
    const posts: Readonly<Record<string, string>>[] = [];
    world.ports.sender = {
      post: async (_url, headers) => {
        posts.push(headers);
        return { kind: 'answer', status: 200, headers: {} };
      },
    };
    const { accountId } = ACCOUNT;
    const input = { endpointId: 'ep-1', accountId, url: 'https://e.com', profile, keyId: 'acme-vouchers' };
    const { secret } = await ensureEndpoint(world.ports, input);
    await deliverEvent(world.ports, { ...DELIVERY, endpointId: 'ep-1' });
    const { signatureHeader, others, write } = FACTS[profile];
    expect(posts).toEqual([{ ...EVERY_DELIVERY, ...others, [signatureHeader]: write([secret.reveal()]) }]);
  });
});

describe('a delivery to an endpoint with an imported secret', () => {
  const endpoint = sampleEndpoint({ endpointId: 'ep-1', profile: 'daylight' });

  async function ready() {
    const world = await createWorld();
    const posts: Readonly<Record<string, string>>[] = [];
    world.ports.sender = {
      post: async (_url, headers) => {
        posts.push(headers);
        return { kind: 'answer', status: 200, headers: {} };
      },
    };
    const { accountId } = endpoint;
    const place = { direction: 'outbound', accountId, id: 'ep-1', version: 1 } as const;
    const name = await world.ports.importedSecrets.create(place, new Secret('an imported secret text'), 'd'.repeat(64));
    await world.ports.registry.putEndpoint({ ...endpoint, versions: [{ version: 1, imported: name }] });
    return { world, posts };
  }

  it('is signed with the imported secret', async () => {
    const { world, posts } = await ready();
    await deliverEvent(world.ports, { ...DELIVERY, endpointId: 'ep-1' });
    const { signatureHeader, write } = FACTS.daylight;
    expect(posts).toMatchObject([{ [signatureHeader]: write(['an imported secret text']) }]);
  });

  it('fails on our side while the secret cannot be read, which is no attempt', async () => {
    const { world, posts } = await ready();
    world.ports.importedSecrets.answers = false;
    await expect(deliverEvent(world.ports, { ...DELIVERY, endpointId: 'ep-1' })).rejects.toThrow(DependencyUnavailable);
    expect([posts, await world.ports.log.find({ ...DELIVERY, endpointId: 'ep-1' })]).toEqual([[], undefined]);
  });
});
