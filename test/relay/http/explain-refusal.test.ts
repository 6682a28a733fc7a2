// explainRefusal: the detail of a refusal says what is wrong with the signature's headers.
import { describe, expect, it } from 'vitest';
import { createWorld, plainRequest, sampleSubmission, withHeaders } from '../../support/relay/world.ts';

describe('the detail', () => {
  it.each([
    ['a missing header', { 'x-link-peeler-nonce': '' }, /x-link-peeler-nonce is missing/],
    ['a timestamp of another form', { 'x-link-peeler-timestamp': 'yesterday' }, /timestamp is not in s/],
  ])('says what to change about %s', async (_what, headers, detail) => {
    const world = await createWorld();
    const request = withHeaders(world.signedByPartner('POST', '/api/links/fetch', sampleSubmission()), headers);
    const { json } = await world.ask(request);
    expect(json).toMatchObject({ code: 'request_malformed', detail: expect.stringMatching(detail) });
  });

  it.each([
    [
      'a missing signature',
      {},
      'signature_missing',
      /x-link-peeler-key \(link-peeler\), x-partner-slug \(vouchersx\), x-signet-key \(daylight, nitro\), signature-input/,
    ],
    ['a signature without our tag', { 'signature-input': 'sig=("@path")' }, 'signature_missing', /no member with tag/],
    [
      'a signature that cannot be parsed',
      { 'signature-input': 'sig=' },
      'request_malformed',
      /^signature-input is not/,
    ],
    ['a slug without a signature', { 'x-partner-slug': 'key-1' }, 'signature_missing', /^x-signature is missing/],
    ['a key id without a signature', { 'x-signet-key': 'key-1' }, 'signature_missing', /no signature/],
  ])('says what to change about %s', async (_what, headers, code, detail) => {
    const world = await createWorld();
    const { json } = await world.ask(plainRequest({ method: 'GET', path: '/api/links/job_x', headers }));
    expect(json).toMatchObject({ code, detail: expect.stringMatching(detail) });
  });

  it('is the same for a wrong signature and for a key that does not exist', async () => {
    const world = await createWorld();
    const signed = world.signedByPartner('POST', '/api/links/fetch', sampleSubmission());
    const wrong = await world.ask(withHeaders(signed, { 'x-link-peeler-signature': '0'.repeat(64) }));
    const unknown = await world.ask(withHeaders(signed, { 'x-link-peeler-key': 'nobody' }));
    expect(wrong.json.detail).toMatch(/sign exactly the bytes/);
    expect(unknown.json.detail).toBe(wrong.json.detail);
  });
});
