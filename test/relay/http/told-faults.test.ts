// What callers are told about requests that are malformed before any key is read: the part that is wrong, by its name.
import { describe, expect, it } from 'vitest';
import { ACCOUNT } from '../../support/relay/samples.ts';
import { createWorld, withHeaders } from '../../support/relay/world.ts';
import { submission } from '../../support/signing/partner-ways.ts';

const HEX = 'a'.repeat(64);
const T = 't=1800000000';

async function detailFor(headers: Record<string, string>) {
  const { json } = await (await createWorld()).ask(withHeaders(submission(), headers));
  return [json.code, json.detail];
}

describe('a combined signature header names the part that is wrong', () => {
  it.each([
    [`${T}, v1=${HEX}`, /has a space/],
    [`v1=${HEX},${T}`, /t= must come first/],
    [`${T},v1=${HEX},v0=${HEX}`, /has a v0, and only t and v1/],
    [`${T},v0=${HEX},v1=${HEX}`, /has a v0/],
    [`${T},v0=${HEX}`, /v1= with the signature is missing/],
    [`v1=${HEX}`, /t= with the timestamp is missing/],
    [`${T},v1=${HEX},${T},v1=${HEX}`, /t= occurs twice/],
    [T + `,v1=${HEX}`.repeat(9), /has 9 v1, and at most 8/],
    [`${T},v1=${HEX},secret=q7q7`, /neither t= nor v1=/],
    [`${T},v1=é`, /wrong character/],
    ['t=,v1=', /empty/],
  ])('%s', async (text, detail) => {
    const [code, told] = await detailFor({ 'x-partner-slug': 'acme', 'x-signature': text });
    expect([code, told]).toEqual(['request_malformed', expect.stringMatching(detail)]);
    expect(told).not.toMatch(/q7|aaaa/);
    expect((await detailFor({ 'x-signet-key': 'acme', 'daylight-signature': text }))[0]).toBe('request_malformed');
  });
});

describe('a request without a credential header is told which one to add', () => {
  it.each(['link-peeler', 'vouchersx', 'daylight', 'nitro'] as const)('when it is signed as %s', async (profile) => {
    const world = await createWorld();
    const header =
      { 'link-peeler': 'x-link-peeler-key', vouchersx: 'x-partner-slug' }[profile as string] ?? 'x-signet-key';
    const signed = world.signed(submission(), await world.makePartner(ACCOUNT.accountId, profile));
    const { [header]: _, ...headers } = signed.headers;
    const { json } = await world.ask({ ...signed, headers });
    expect(json).toMatchObject({ code: 'signature_missing' });
    expect(json.detail).toBe(`no header names a key; add the key id in ${header} (${profile}).`);
    expect((await world.ask(signed)).status).toBe(202);
  });

  it('of every scheme, when it has no signature either', async () => {
    const [code, detail] = await detailFor({});
    expect(code).toBe('signature_missing');
    for (const header of ['x-link-peeler-key', 'x-partner-slug', 'x-signet-key', 'signature-input'])
      expect(detail).toContain(header);
  });
});

describe('a Signature-Input', () => {
  const tail = ';created=1800000000;nonce="nonce-0123456789";keyid="k";alg="hmac-sha256";tag="signet"';
  const withComponent = (name: string) => ({
    'signature-input': `sig=("@method" "@authority" "@path" "@query" "content-digest" "${name}")${tail}`,
    signature: `sig=:${Buffer.alloc(32).toString('base64')}:`,
    'content-digest': `sha-256=:${Buffer.alloc(32).toString('base64')}:`,
  });

  it.each([
    ['@target-uri', /the component @target-uri is unknown; .*@method @authority @path @query/],
    ['x-missing', /the covered header x-missing is not in the request/],
    ['a'.repeat(500), /the covered header a{64}… is not/],
  ])('names the component that cannot be signed: %s', async (name, detail) => {
    expect(await detailFor(withComponent(name))).toEqual(['request_malformed', expect.stringMatching(detail)]);
  });
});
