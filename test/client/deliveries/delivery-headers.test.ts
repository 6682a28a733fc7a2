// Headers of a delivery in every form that a consumer has them in: real ones from Node and fetch, and doubled ones.
import { request } from 'node:http';
import { describe, expect, test } from 'vitest';
import type { DeliveryHeaders } from '../../../lib/client/deliveries.ts';
import { OUTBOUND_PROFILES, PROFILES } from '../../../lib/protocol/profiles/profiles.ts';
import { serveHttp } from '../../support/local-server.ts';
import { answer, EVENT, OTHER_SECRET, sent } from './consumer.ts';

/** What Node's server makes of these headers: by name with lists where Node gives them, and each as a list. */
async function throughNode(headers: readonly (readonly [string, string])[]): Promise<DeliveryHeaders[]> {
  const { promise, resolve } = Promise.withResolvers<DeliveryHeaders[]>();
  await using server = await serveHttp((incoming, response) => {
    resolve([incoming.headers, incoming.headersDistinct]);
    response.end();
  });
  const raw = ['host', 'consumer.example', 'connection', 'close', ...headers.flat()];
  request(server.origin, { method: 'POST', headers: raw }).end();
  // Awaited here: the server closes with this block.
  return await promise;
}

const titled = (name: string) => name.replace(/\b[a-z]/g, (letter) => letter.toUpperCase());

describe.each(OUTBOUND_PROFILES)('%s', (profile) => {
  const { headers, body } = sent(profile);
  const { signatureHeader } = PROFILES[profile].headerCodec;
  const genuine = headers[signatureHeader] ?? '';
  const forged = sent(profile, undefined, [OTHER_SECRET]).headers[signatureHeader] ?? '';

  test('as Node’s server gives them, by name and distinct', async () => {
    const forms = await throughNode(Object.entries(headers).map(([name, value]) => [titled(name), value]));
    for (const form of forms) expect(answer({ profile, headers: form, body })).toEqual(EVENT);
  });

  test.each<[string, (given: Record<string, string>) => DeliveryHeaders]>([
    ['Headers', (given) => new Headers(given)],
    ['a Request’s', (given) => new Request('https://consumer.example', { headers: given }).headers],
    ['a Map', (given) => new Map(Object.entries(given))],
    ['a list of pairs', (given) => Object.entries(given)],
    ['Headers of another library', (given) => ({ [Symbol.iterator]: () => Object.entries(given).values() })],
    ['a record', (given) => given],
    ['a record without a prototype', (given) => Object.assign(Object.create(null), given)],
    ['a record of lists', (given) => Object.fromEntries(Object.entries(given).map(([name, one]) => [name, [one]]))],
    ['a record with empty places', (given) => ({ ...given, 'x-other': undefined, 'x-none': [] })],
  ])('as %s, in any case', (_, form) => {
    const upperCase = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toUpperCase(), value]));
    expect(answer({ profile, headers: form(headers), body })).toEqual(EVENT);
    expect(answer({ profile, headers: form(upperCase), body })).toEqual(EVENT);
  });

  describe.each([
    ['a forged one first', [forged, genuine]],
    ['a forged one last', [genuine, forged]],
    ['the same twice', [genuine, genuine]],
  ])('a signature that came twice, %s, is refused', (_, [one = '', two = '']) => {
    test.each<[string, DeliveryHeaders]>([
      ['as a list', { ...headers, [signatureHeader]: [one, two] }],
      ['under two cases', { ...headers, [signatureHeader]: one, [signatureHeader.toUpperCase()]: two }],
      [
        'in pairs',
        [
          ...Object.entries(headers).filter(([name]) => name !== signatureHeader),
          [signatureHeader, one],
          [signatureHeader, two],
        ],
      ],
      ['joined with a comma', { ...headers, [signatureHeader]: `${one},${two}` }],
      ['joined with a comma and a space', { ...headers, [signatureHeader]: `${one}, ${two}` }],
    ])('%s', (__, doubled) => {
      expect(answer({ profile, headers: doubled, body })).toBe('request_malformed');
    });

    test('by fetch and by Node', async () => {
      const others = Object.entries(headers).filter(([name]) => name !== signatureHeader);
      const fetched = new Headers([...others, [signatureHeader, one], [signatureHeader, two]] as [string, string][]);
      expect(answer({ profile, headers: fetched, body })).toBe('request_malformed');
      for (const form of await throughNode([...others, [signatureHeader, one], [signatureHeader, two]]))
        expect(answer({ profile, headers: form, body })).toBe('request_malformed');
    });
  });
});
