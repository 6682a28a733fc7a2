// Evidence is read strictly: many variants of good evidence, each signed by the agent, and each refused for its fault.
import { sign } from 'node:crypto';
import { expect, test } from 'vitest';
import { evidenceFor, headerFor, leasedWorld } from '../../support/relay/evidence-samples.ts';
import { MINUTE, NOW } from '../../support/relay/samples.ts';

type Json = Readonly<Record<string, unknown>>;

/** The parts of good evidence, and a function that signs any texts with the agent's key. */
interface Good {
  readonly header: Json;
  readonly payload: Json;
  readonly hops: readonly Json[];
  /** A text is signed as it is, bytes too, and an object as JSON. */
  readonly signed: (header: Json | string, payload: Json | string | Buffer) => string;
}

/** A name, what the reason of the refusal says, and the evidence. */
type Variant = readonly [string, string, (good: Good) => string];

const FINAL_URL = 'https://shop.example.org/boots';
const SURROGATE = '\ud800';

const withPayload =
  (changes: Json) =>
  ({ signed, header, payload }: Good) =>
    signed(header, { ...payload, ...changes });
const withHeader =
  (changes: Json) =>
  ({ signed, header, payload }: Good) =>
    signed({ ...header, ...changes }, payload);
/** Ends at this URL, in the last hop too. */
const endingAt =
  (finalUrl: string) =>
  ({ signed, header, payload, hops }: Good) =>
    signed(header, { ...payload, hops: [hops[0], { ...hops[1], url: finalUrl }], finalUrl });
const withLastHop =
  (changes: Json) =>
  ({ signed, header, payload, hops }: Good) =>
    signed(header, { ...payload, hops: [hops[0], { ...hops[1], ...changes }] });
/** Changes the text of one part. The signature is over the changed text, unless it is the part itself. */
const withText = (part: 0 | 1 | 2, change: (text: string) => string) => (good: Good) => {
  const texts = good.signed(good.header, good.payload).split('.');
  texts[part] = change(texts[part] ?? '');
  return part === 2 ? texts.join('.') : resign(good, texts);
};
const resign = ({ signed }: Good, [header = '', payload = '']: readonly string[]) =>
  signed(`raw:${header}`, `raw:${payload}`);
const json = (value: unknown) => JSON.stringify(value);
const iso = (epochMs: number) => new Date(epochMs).toISOString();
const looseTail = (text: string) => text.slice(0, -1) + String.fromCharCode(text.charCodeAt(text.length - 1) + 1);

const VARIANTS: readonly Variant[] = [
  ['crit with b64: false', 'the member crit', withHeader({ crit: ['b64'], b64: false })],
  ['b64: true', 'the member b64', withHeader({ b64: true })],
  ['an empty crit', 'the member crit', withHeader({ crit: [] })],
  ['x5u', 'the member x5u', withHeader({ x5u: 'https://evil.example/chain' })],
  ['x5c', 'the member x5c', withHeader({ x5c: ['MII'] })],
  ['x5t#S256', 'the member x5t#S256', withHeader({ 'x5t#S256': 'abc' })],
  ['zip', 'the member zip', withHeader({ zip: 'DEF' })],
  ['cty', 'the member cty', withHeader({ cty: 'json' })],
  ['jku', 'the member jku', withHeader({ jku: 'https://evil.example/jwks' })],
  ['jwk', 'the member jwk', withHeader({ jwk: {} })],
  ['a header member that every object has', 'the member toString', withHeader({ toString: 1 })],
  ['no kid', 'no kid', withHeader({ kid: undefined })],
  ['another typ', 'another typ', withHeader({ typ: 'JWT' })],
  [
    'alg twice',
    'alg twice',
    ({ signed, header, payload }) => signed(json(header).replace('{', '{"alg":"none",'), payload),
  ],
  [
    'kid twice, once escaped',
    'kid twice',
    ({ signed, header, payload }) => signed(json(header).replace('{', '{"\\u006bid":"agt_other",'), payload),
  ],
  ['a header that is a list', 'no alg', ({ signed, payload }) => signed('[]', payload)],
  ['a newline at the end', 'signature that is not canonical', withText(2, (text) => `${text}\n`)],
  [
    'spaces in the signature',
    'signature that is not canonical',
    withText(2, (text) => `${text.slice(0, 9)} ${text.slice(9)}`),
  ],
  ['padding after the signature', 'signature that is not canonical', withText(2, (text) => `${text}==`)],
  ['tail bits in the signature', 'signature that is not canonical', withText(2, looseTail)],
  [
    'standard base64 in the signature',
    'signature',
    withText(2, (text) => text.replaceAll('-', '+').replaceAll('_', '/').replace(/^./, '/')),
  ],
  ['padding after the payload', 'payload that is not canonical', withText(1, (text) => `${text}=`)],
  [
    'a newline in the payload',
    'payload that is not canonical',
    withText(1, (text) => `${text.slice(0, 20)}\n${text.slice(20)}`),
  ],
  ['padding after the header', 'protected header that is not canonical', withText(0, (text) => `${text}=`)],
  ['a fourth part', 'three parts', (good) => `${good.signed(good.header, good.payload)}.AA`],
  [
    'conclusion twice',
    'conclusion twice',
    ({ signed, header, payload }) => signed(header, json(payload).replace('{', '{"conclusion":"broken",')),
  ],
  [
    'a member of a hop twice',
    'status twice',
    ({ signed, header, payload }) => signed(header, json(payload).replace('"status":200', '"status":200,"status":404')),
  ],
  ['a byte order mark', 'byte order mark', ({ signed, header, payload }) => signed(header, `\ufeff${json(payload)}`)],
  [
    'Latin-1 bytes',
    'not UTF-8',
    ({ signed, header, payload }) => signed(header, Buffer.from(json({ ...payload, error: 'é' }), 'latin1')),
  ],
  ['text after the payload', 'not JSON', ({ signed, header, payload }) => signed(header, `${json(payload)} {}`)],
  ['a lone surrogate in error', 'I-JSON', withPayload({ error: `x${SURROGATE}` })],
  ['a lone surrogate in a name of a cookie', 'I-JSON', withLastHop({ cookieNames: [SURROGATE] })],
  [
    'a number outside a double',
    'I-JSON',
    ({ signed, header, payload }) => signed(header, json(payload).replace('"totalMs":30', '"totalMs":1e999')),
  ],
  [
    '__proto__',
    'I-JSON',
    ({ signed, header, payload }) => signed(header, json(payload).replace('{', '{"__proto__":{},')),
  ],
  [
    'nesting',
    'levels deep',
    ({ signed, header, payload }) =>
      signed(header, json(payload).replace('{', `{"x":${'['.repeat(9_000)}${']'.repeat(9_000)},`)),
  ],
  ['an unknown member', 'a member that is not allowed', withPayload({ verdict: 'fine' })],
  ['an unknown member of a hop', 'hops.1 has a member', withLastHop({ note: 'x' })],
  ['control characters in error', 'error has a control character', withPayload({ error: 'a\u0007\u001b[2J' })],
  ['a newline in error', 'error has a control character', withPayload({ error: 'a\nb' })],
  ['a C1 control character in error', 'error has a control character', withPayload({ error: 'a\u009b2J' })],
  [
    'a control character in a parameter name',
    'parametersLost.0 has a control character',
    withLastHop({ parametersLost: ['a\u0000'] }),
  ],
  ['33 names', 'hops.1.cookieNames', withLastHop({ cookieNames: Array.from({ length: 33 }, (_, at) => `c${at}`) })],
  ['a name of 65 characters', 'hops.1.cookieNames.0', withLastHop({ cookieNames: ['c'.repeat(65)] })],
  ['a content type of 129 characters', 'hops.1.contentType', withLastHop({ contentType: 't'.repeat(129) })],
  ['an error of 513 characters', 'error is missing or not valid', withPayload({ error: 'e'.repeat(513) })],
  ['no hop', 'last hop', withPayload({ hops: [] })],
  [
    'no hop and no final URL',
    'no hop with the answer',
    withPayload({ hops: [], finalUrl: undefined, error: 'Too long.' }),
  ],
  [
    'no final URL, although it is short',
    'final URL is missing',
    withPayload({ finalUrl: undefined, error: 'Too long.' }),
  ],
  ['status 000', 'hops.1.status', withLastHop({ status: 0 })],
  ['status 404', 'status of the last hop', withLastHop({ status: 404 })],
  ['no status', 'status of the last hop', withLastHop({ status: undefined })],
  ['a last hop at another URL', 'not at the final URL', withLastHop({ url: 'https://other.example/' })],
  ['a last hop that leads on', 'leads on', withLastHop({ kind: 'http' })],
  [
    'blocked by a 401 that was a 200',
    'status of the last hop',
    withPayload({ conclusion: 'blocked', reason: 'status_401' }),
  ],
  [
    'a finish before the start',
    'finished before it started',
    withPayload({ startedAt: iso(NOW), finishedAt: iso(NOW - 1) }),
  ],
  ['a finish in 1998', 'finished before it started', withPayload({ finishedAt: '1998-01-01T00:00:00.000Z' })],
  [
    'both times in 1998',
    'outside the lease',
    withPayload({ startedAt: '1998-01-01T00:00:00Z', finishedAt: '1998-01-01T00:00:01Z' }),
  ],
  ['a start six minutes before the lease', 'outside the lease', withPayload({ startedAt: iso(NOW - 6 * MINUTE) })],
  ['a finish in six minutes', 'outside the lease', withPayload({ finishedAt: iso(NOW + 6 * MINUTE) })],
  ['a start without an offset from UTC', 'startedAt', withPayload({ startedAt: '2026-11-22T12:00:00' })],
  ['CR LF in the final URL', 'hops.1.url', endingAt(`${FINAL_URL}\r\nSet-Cookie: a=b`)],
  ['CR LF in the final URL only', 'finalUrl has a control character', withPayload({ finalUrl: `${FINAL_URL}\r\n` })],
  ['a space in the final URL', 'not its own serialization', withPayload({ finalUrl: `${FINAL_URL}?a b` })],
  ['a space before the final URL', 'not its own serialization', withPayload({ finalUrl: ` ${FINAL_URL}` })],
  ['an upper-case host', 'not its own serialization', endingAt('https://SHOP.example.org/boots')],
  ['no slash after the host', 'not its own serialization', endingAt('https://shop.example.org')],
  ['the default port', 'not its own serialization', endingAt('https://shop.example.org:443/boots')],
  ['dots in the path', 'not its own serialization', endingAt('https://shop.example.org/a/../boots')],
  ['a loopback literal', 'refused (address_not_global)', endingAt('http://127.0.0.1/')],
  ['a loopback literal as a number', 'refused (address_not_global)', endingAt('http://2130706433/')],
  ['a link-local literal', 'refused (address_not_global)', endingAt('http://169.254.169.254/latest/meta-data/')],
  ['a link-local literal in IPv6', 'refused (address_not_global)', endingAt('http://[fe80::1]/')],
  ['credentials in the final URL', 'refused (credentials_in_url)', endingAt('https://me:secret@shop.example.org/')],
  ['a final URL that is a script', 'refused (scheme_not_http)', withPayload({ finalUrl: 'javascript:alert(1)' })],
];

test('there are more than 40 variants, and their names differ', () => {
  expect(VARIANTS.length).toBeGreaterThan(40);
  expect(new Set(VARIANTS.map(([name]) => name)).size).toBe(VARIANTS.length);
});

test.each(VARIANTS)('refuses %s, and the reason says "%s"', async (_name, said, variantOf) => {
  const { world, leased, jobId, report, job } = await leasedWorld();
  const payload: Json = evidenceFor(world, leased);
  const good = { header: headerFor(world.agent), payload, hops: payload['hops'] as Json[], signed };
  const { accepted, rejected } = await report(variantOf(good));
  expect([accepted, rejected]).toEqual([[], [{ jobId, code: 'validation_failed' }]]);
  expect((await job())?.state).toBe('leased');
  const refusal = world.events.find(({ event }) => event === 'result.refused');
  expect(refusal).toMatchObject({ reason: expect.stringContaining(said) });

  function signed(header: Json | string, body: Json | string | Buffer): string {
    const input = [header, body].map(encode).join('.');
    return `${input}.${sign(null, Buffer.from(input), world.agent.privateKey).toString('base64url')}`;
  }
});

/** Returns the part as base64url. A text that begins with `raw:` is a part already. */
function encode(part: Json | string | Buffer): string {
  if (typeof part === 'string' && part.startsWith('raw:')) return part.slice(4);
  const bytes = typeof part === 'string' || part instanceof Uint8Array ? part : json(part);
  return Buffer.from(bytes).toString('base64url');
}
