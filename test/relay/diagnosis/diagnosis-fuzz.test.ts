// Ten thousand bad requests under every profile, each at a relay that knows the key or at one that does not: nothing that is secret comes out, and nothing that tells keys apart.
import { createHmac, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { SUSPICIONS } from '../../../lib/protocol/diagnosis/suspicions.ts';
import type { IncomingRequest } from '../../../lib/relay/http/request-pipeline.ts';
import { createLeakFinder, findBytes, secretText } from '../../support/leaks.ts';
import { SECOND } from '../../support/relay/samples.ts';
import { createWorld, type Partner, withHeaders } from '../../support/relay/world.ts';
import { BODY, type Draft, draftOf, join, signByHand } from '../../support/signing/hand-signing.ts';
import { MISTAKES } from '../../support/signing/mistakes.ts';
import { makePartnerOf, PARTNER_WAYS, type PartnerWay } from '../../support/signing/partner-ways.ts';
import { createWatchedDoor, record } from './watched-relay.ts';

/** Each is asked of two relays. */
const RUNS = 5_000;

describe('what looks for leaks', () => {
  const mac = createHmac('sha256', 'sk_').update(randomBytes(8)).digest();

  test.each(['hex', 'base64', 'base64url'] as const)('finds a MAC in %s, also inside other text', (encoding) => {
    for (const text of [mac.toString(encoding), `"a":"v1=${mac.toString(encoding)}"`, `aa${mac.toString(encoding)}aa`])
      expect(findBytes(text, [randomBytes(32), mac])).toEqual([mac]);
    expect(findBytes(randomBytes(64).toString(encoding), [mac])).toEqual([]);
  });
});

/** A relay that knows a key for each way, and one that knows none. Both keep what they write to their logs. */
async function twoRelays() {
  const [known, unknown] = [await createWorld(), await createWorld()];
  const partners = new Map<string, Partner>();
  for (const way of PARTNER_WAYS) partners.set(way.name, await makePartnerOf(known, way));
  const [rotated, current] = await known.makeRotatedPartner(known.partner.key.accountId, 'vouchersx', 1e12);
  partners.set('vouchersx', rotated);
  const secrets = [...partners.values(), current].flatMap(({ secret }) => (typeof secret === 'string' ? [secret] : []));
  const doorOf = (world: typeof known) =>
    createWatchedDoor(world.ports, {
      submitLink: { audience: 'partner', handle: async () => ({ status: 202, headers: {}, body: '{}' }) },
      checkAuth: { audience: 'partner', handle: async () => ({ status: 200, headers: {}, body: '{}' }) },
    });
  return {
    known,
    unknown,
    partners,
    findSecrets: createLeakFinder(secrets.map((secret) => secretText('a secret', secret))),
    doors: [doorOf(known), doorOf(unknown)] as const,
  };
}

/** One thing more that goes wrong on the way; `at` chooses where. */
const DAMAGE: readonly ((request: IncomingRequest, at: number, character: string) => IncomingRequest)[] = [
  (request) => request,
  (request, at) => ({ ...request, body: Buffer.from(request.body).map((byte, index) => byte ^ Number(index === at)) }),
  (request, at) => ({ ...request, body: request.body.subarray(0, at % 100) }),
  (request, _at, character) => ({ ...request, body: join(request.body, character) }),
  (request) => ({ ...request, body: Buffer.alloc(0) }),
  (request, at) => ({ ...request, query: `a=${at}` }),
  (request, at, character) => editHeader(request, at, (text) => text.replace(text[at % text.length] ?? '', character)),
  (request, at) => editHeader(request, at, (text) => text.slice(0, at % text.length)),
  (request, at) => editHeader(request, at, (text) => `${text},${text}`),
  (request, at) => editHeader(request, at, (text) => text.toUpperCase()),
];

/** Of those that carry the signature. */
function editHeader(request: IncomingRequest, at: number, edit: (text: string) => string): IncomingRequest {
  const names = Object.keys(request.headers).filter((name) => name !== 'host' && name !== 'content-type');
  const name = names[at % names.length] ?? '';
  return withHeaders(request, { [name]: edit(request.headers[name] ?? '') });
}

const recipe = fc.record({
  way: fc.constantFrom(...PARTNER_WAYS),
  mistake: fc.nat(),
  secret: fc.constantFrom('right', 'wrong', 'of another'),
  body: fc.oneof(
    { weight: 3, arbitrary: fc.constant(BODY) },
    fc.constant(Buffer.alloc(0)),
    fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
    fc.constantFrom('{}', '[]', '"é/&"', '{"a": 1.0}\n', '[[[[[[[[[[[1]]]]]]]]]]]').map((text) => Buffer.from(text)),
  ),
  damage: fc.constantFrom(...DAMAGE),
  at: fc.nat(200),
  character: fc.constantFrom('0', 'A', 'g', '_', '=', ' ', '\n', '"', ';', 'é'),
  path: fc.constantFrom('/api/links/fetch', '/api/auth/check'),
});

type Recipe = typeof recipe extends fc.Arbitrary<infer R> ? R : never;

function prepare(made: Recipe, partners: ReadonlyMap<string, Partner>, nowMs: number): IncomingRequest {
  const { way, body } = made;
  const mistakes = MISTAKES[way.name] ?? [];
  const right = { ...draftOf(way, { ...credentialOf(made, partners), nowMs }), body, signedBody: body };
  const mistake = mistakes[made.mistake % mistakes.length];
  const draft: Draft = { ...right, ...mistake?.makes(right, way) };
  return made.damage(signByHand(way, draft, made.path), made.at, made.character);
}

function credentialOf({ way, secret }: Recipe, partners: ReadonlyMap<string, Partner>) {
  const own = partners.get(way.name) as Partner;
  const others: Readonly<Record<string, Partner['secret']>> = {
    right: own.secret,
    wrong: way.isHmac ? 'sk_wrong' : own.secret,
    'of another': otherOf(way, partners).secret,
  };
  return { keyId: own.key.keyId, credential: others[secret] ?? '' };
}

function otherOf(way: PartnerWay, partners: ReadonlyMap<string, Partner>): Partner {
  return partners.get(way.name === 'nitro' ? 'daylight' : way.isHmac ? 'nitro' : way.name) as Partner;
}

/** What may be answered to anybody, so to nobody otherwise. */
const BEFORE_THE_KEY_IS_RIGHT: ReadonlySet<string> = new Set([
  'request_malformed',
  'signature_missing',
  'signature_invalid',
  'timestamp_out_of_range',
]);

it('ten thousand bad requests learn no secret, no MAC, and not whether the key exists', async () => {
  const { known, unknown, partners, findSecrets, doors } = await twoRelays();
  const seen = new Map<string, number>();
  const count = (what: string) => void seen.set(what, (seen.get(what) ?? 0) + 1);
  const askDoor = async (at: 0 | 1, request: IncomingRequest) => {
    record.macs.length = 0;
    const { status, headers, body } = await doors[at](request);
    const lines = JSON.stringify((at === 0 ? known : unknown).events.splice(0));
    const texts = `${JSON.stringify(headers)} ${body} ${lines}`;
    const leaks = findBytes(texts, record.macs).length + findSecrets(texts).length;
    if (leaks > 0) throw new Error(`a secret or a MAC in ${texts}`);
    count(`${record.macs.length > 2 ? 'diagnosed' : 'not diagnosed'}`);
    return { status, headers, text: `${status} ${JSON.stringify(headers)} ${body}`, json: JSON.parse(body) };
  };
  await fc.assert(
    fc.asyncProperty(recipe, async (made) => {
      known.time.nowMs += 2 * SECOND;
      unknown.time.nowMs = known.time.nowMs;
      const request = prepare(made, partners, known.time.nowMs - (known.time.nowMs % 1000));
      const [one, other] = [await askDoor(0, request), await askDoor(1, request)];
      count(`${one.json.code}`);
      if (one.text === other.text) return;
      const { suspicion, detail, ...rest } = one.json;
      count(`${suspicion ?? 'the key is right'}`);
      if (!BEFORE_THE_KEY_IS_RIGHT.has(one.json.code)) return;
      expect(other.json.suspicion).toBeUndefined();
      expect({ ...one, text: '', json: { ...rest, detail: '' } }).toEqual({
        ...other,
        text: '',
        json: { ...other.json, detail: '' },
      });
    }),
    { numRuns: RUNS, seed: 4 },
  );
  const kinds = [...BEFORE_THE_KEY_IS_RIGHT, ...Object.keys(SUSPICIONS).filter((code) => !TOLD_TO_ALL.has(code))];
  expect([...seen.keys()]).toEqual(expect.arrayContaining(['diagnosed', ...kinds]));
}, 60_000);

/** Those that need no key in any profile, and the one that no inbound profile has. */
const TOLD_TO_ALL: ReadonlySet<string> = new Set([
  'base64_for_hex',
  'hex_for_base64',
  'base64_alphabet',
  'upper_case_hex',
  'signature_prefixed',
  'secret_not_decoded',
]);
