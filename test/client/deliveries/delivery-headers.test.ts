// The headers of a delivery in every form that consumers have: from Node and fetch, and with repeated headers.
import { request } from 'node:http';
import { describe, expect, test } from 'vitest';
import type { DeliveryHeaders } from '../../../lib/client/deliveries.ts';
import { OUTBOUND_PROFILES, PROFILES } from '../../../lib/protocol/profiles/profiles.ts';
import { serveHttp } from '../../support/local-server.ts';
import { answer, EVENT, OTHER_SECRET, sent } from './consumer.ts';

/** Returns the headers as Node's server provides them: `headers`, and `headersDistinct` with a list for each name. */
async function throughNode(headers: readonly (readonly [string, string])[]): Promise<DeliveryHeaders[]> {
  const { promise, resolve } = Promise.withResolvers<DeliveryHeaders[]>();
  await using server = await serveHttp((incoming, response) => {
    resolve([incoming.headers, incoming.headersDistinct]);
    response.end();
  });
  const raw = ['host', 'consumer.example', 'connection', 'close', ...headers.flat()];
  request(server.origin, { method: 'POST', headers: raw }).end();
  // The server closes with this block, so the result is awaited here.
  return await promise;
}

const titled = (name: string) => name.replace(/\b[a-z]/g, (letter) => letter.toUpperCase());

describe.each(OUTBOUND_PROFILES)('%s', (profile) => {
  const { headers, body } = sent(profile);
  const { signatureHeader } = PROFILES[profile].headerCodec;
  const genuine = headers[signatureHeader] ?? '';
  const forged = sent(profile, undefined, [OTHER_SECRET]).headers[signatureHeader] ?? '';

  test('verifies headers as Node’s server provides them, in both forms', async () => {
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
    ['a record of lists', (given) => Object.fromEntries(Object.entries(given).map(([name, value]) => [name, [value]]))],
    ['a record with undefined values', (given) => ({ ...given, 'x-other': undefined, 'x-none': [] })],
  ])('verifies headers as %s, with names in any case', (_, form) => {
    const upperCase = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toUpperCase(), value]));
    expect(answer({ profile, headers: form(headers), body })).toEqual(EVENT);
    expect(answer({ profile, headers: form(upperCase), body })).toEqual(EVENT);
  });

  describe.each([
    ['a forged one first', [forged, genuine]],
    ['a forged one last', [genuine, forged]],
    ['the same one twice', [genuine, genuine]],
  ])('refuses a repeated signature header, %s', (_, [first = '', second = '']) => {
    test.each<[string, DeliveryHeaders]>([
      ['as a list', { ...headers, [signatureHeader]: [first, second] }],
      [
        'under two names that differ in case',
        { ...headers, [signatureHeader]: first, [signatureHeader.toUpperCase()]: second },
      ],
      [
        'in pairs',
        [
          ...Object.entries(headers).filter(([name]) => name !== signatureHeader),
          [signatureHeader, first],
          [signatureHeader, second],
        ],
      ],
      ['joined with a comma', { ...headers, [signatureHeader]: `${first},${second}` }],
      ['joined with a comma and a space', { ...headers, [signatureHeader]: `${first}, ${second}` }],
    ])('%s', (__, doubled) => {
      expect(answer({ profile, headers: doubled, body })).toBe('request_malformed');
    });

    test('as fetch and Node provide it', async () => {
      const others = Object.entries(headers).filter(([name]) => name !== signatureHeader);
      const repeated = [...others, [signatureHeader, first], [signatureHeader, second]] as [string, string][];
      expect(answer({ profile, headers: new Headers(repeated), body })).toBe('request_malformed');
      for (const form of await throughNode(repeated))
        expect(answer({ profile, headers: form, body })).toBe('request_malformed');
    });
  });
});
