// Ten thousand bad requests, half of them with an unknown key: no answer shows a secret, a MAC, or whether the key exists.
import { createHmac, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { SUSPICIONS } from '../../../../lib/protocol/diagnosis/suspicions.ts';
import type { IncomingRequest } from '../../../../lib/relay/http/request-pipeline.ts';
import { createLeakFinder, findBytes, secretText } from '../../../support/leaks.ts';
import { SECOND } from '../../../support/relay/samples.ts';
import { createWorld, type Partner, withHeaders } from '../../../support/relay/world.ts';
import { BODY, type Draft, draftOf, join, signByHand } from '../../../support/signing/hand-signing.ts';
import { MISTAKES } from '../../../support/signing/mistakes.ts';
import { makePartnerOf, PARTNER_WAYS, type PartnerWay } from '../../../support/signing/partner-ways.ts';
import { createWatchedPipeline, record } from './watched-relay.ts';

/** Each request is sent to two relays. */
const RUNS = 5_000;

describe('findBytes', () => {
  const mac = createHmac('sha256', 'sk_').update(randomBytes(8)).digest();

  test.each(['hex', 'base64', 'base64url'] as const)('finds a MAC in %s, also inside other text', (encoding) => {
    for (const text of [mac.toString(encoding), `"a":"v1=${mac.toString(encoding)}"`, `aa${mac.toString(encoding)}aa`])
      expect(findBytes(text, [randomBytes(32), mac])).toEqual([mac]);
    expect(findBytes(randomBytes(64).toString(encoding), [mac])).toEqual([]);
  });
});

/** Returns a relay that has a key for each way of signing, and a relay that has none. Both keep their log events. */
async function twoRelays() {
  const [known, unknown] = [await createWorld(), await createWorld()];
  const partners = new Map<string, Partner>();
  for (const way of PARTNER_WAYS) partners.set(way.name, await makePartnerOf(known, way));
  const [rotated, current] = await known.makeRotatedPartner(known.partner.key.accountId, 'vouchersx', 1e12);
  partners.set('vouchersx', rotated);
  const secrets = [...partners.values(), current].flatMap(({ secret }) => (typeof secret === 'string' ? [secret] : []));
  const pipelineOf = (world: typeof known) =>
    createWatchedPipeline(world.ports, {
      submitLink: { audience: 'partner', handle: async () => ({ status: 202, headers: {}, body: '{}' }) },
      checkAuth: { audience: 'partner', handle: async () => ({ status: 200, headers: {}, body: '{}' }) },
    });
  return {
    known,
    unknown,
    partners,
    findSecrets: createLeakFinder(secrets.map((secret) => secretText('a secret', secret))),
    pipelines: [pipelineOf(known), pipelineOf(unknown)] as const,
  };
}

/** Changes to a signed request. One of them is applied to each request, at the place that `at` chooses. */
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

/** Edits one of the headers that carry the signature. */
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

function prepare(drawn: Recipe, partners: ReadonlyMap<string, Partner>, nowMs: number): IncomingRequest {
  const { way, body } = drawn;
  const mistakes = MISTAKES[way.name] ?? [];
  const right = { ...draftOf(way, { ...credentialOf(drawn, partners), nowMs }), body, signedBody: body };
  const mistake = mistakes[drawn.mistake % mistakes.length];
  const draft: Draft = { ...right, ...mistake?.makes(right, way) };
  return drawn.damage(signByHand(way, draft, drawn.path), drawn.at, drawn.character);
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

/** Problems that may be answered before a signature is verified. They must be the same for known and unknown keys. */
const BEFORE_VERIFICATION: ReadonlySet<string> = new Set([
  'request_malformed',
  'signature_missing',
  'signature_invalid',
  'timestamp_out_of_range',
]);

it('answers ten thousand bad requests without a secret, a MAC, or a sign that the key exists', async () => {
  const { known, unknown, partners, findSecrets, pipelines } = await twoRelays();
  const seen = new Map<string, number>();
  const count = (what: string) => void seen.set(what, (seen.get(what) ?? 0) + 1);
  const ask = async (at: 0 | 1, request: IncomingRequest) => {
    record.macs.length = 0;
    const { status, headers, body } = await pipelines[at](request);
    const lines = JSON.stringify((at === 0 ? known : unknown).events.splice(0));
    const texts = `${JSON.stringify(headers)} ${body} ${lines}`;
    const leaks = findBytes(texts, record.macs).length + findSecrets(texts).length;
    if (leaks > 0) throw new Error(`a secret or a MAC in ${texts}`);
    count(`${record.macs.length > 2 ? 'diagnosed' : 'not diagnosed'}`);
    return { status, headers, text: `${status} ${JSON.stringify(headers)} ${body}`, json: JSON.parse(body) };
  };
  await fc.assert(
    fc.asyncProperty(recipe, async (drawn) => {
      known.time.nowMs += 2 * SECOND;
      unknown.time.nowMs = known.time.nowMs;
      const request = prepare(drawn, partners, known.time.nowMs - (known.time.nowMs % 1000));
      const [toKnown, toUnknown] = [await ask(0, request), await ask(1, request)];
      count(`${toKnown.json.code}`);
      if (toKnown.text === toUnknown.text) return;
      const { suspicion, detail, ...rest } = toKnown.json;
      count(`${suspicion ?? 'the key is right'}`);
      if (!BEFORE_VERIFICATION.has(toKnown.json.code)) return;
      expect(toUnknown.json.suspicion).toBeUndefined();
      expect({ ...toKnown, text: '', json: { ...rest, detail: '' } }).toEqual({
        ...toUnknown,
        text: '',
        json: { ...toUnknown.json, detail: '' },
      });
    }),
    { numRuns: RUNS, seed: 4 },
  );
  const kinds = [...BEFORE_VERIFICATION, ...Object.keys(SUSPICIONS).filter((code) => !FOUND_WITHOUT_KEY.has(code))];
  expect([...seen.keys()]).toEqual(expect.arrayContaining(['diagnosed', ...kinds]));
}, 300_000);

/** Suspicions that are found without the key in every profile, and one that no inbound profile has. */
const FOUND_WITHOUT_KEY: ReadonlySet<string> = new Set([
  'base64_for_hex',
  'hex_for_base64',
  'base64_alphabet',
  'upper_case_hex',
  'signature_prefixed',
  'secret_not_decoded',
]);
