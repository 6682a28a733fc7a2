// `signet verify`: a captured delivery of each outbound profile, checked as its consumer checks it.
import { describe, expect, test } from 'vitest';
import { NOW_MS, runInProcess } from '../fake-terminal.ts';
import { captureDelimited, JOINED_WAYS, SENT_BODY } from '../hand-signed.ts';
import { temporaryFile } from '../temporary-file.ts';

const DELIVERIES = JOINED_WAYS.filter(({ isDelivery }) => isDelivery);

const verify = (profile: string, capture: string, secret: string, words: readonly string[] = []) =>
  runInProcess(['verify', '-', '--profile', profile, ...words], {
    stdin: capture,
    environment: { SIGNET_SECRET: secret },
  });

describe.each(DELIVERIES)('$profile', (way) => {
  const { profile, secret, unit } = way;
  const capture = captureDelimited(way);

  test('accepts a genuine delivery, and a pasted one', async () => {
    const words =
      unit === 'none' ? 'does not sign a time, so the delivery may be a replay' : 'Genuine, and fresh: signed 0';
    expect(await verify(profile, capture, secret)).toMatchObject({ code: 0, out: expect.stringContaining(words) });
    const pasted = `${capture.replaceAll('\r\n', '\n').replace(/Content-Length: .*\n/, '')}\n`;
    const { code, out } = await verify(profile, pasted, secret);
    expect([code, out]).toEqual([0, expect.stringContaining('The line break at the end of the file was left out')]);
  });

  test('refuses another secret, a changed body and a missing body', async () => {
    const other = secret.replace(/_.{4}/, '_AAAA');
    const changed = capture.replace('[1, 2]', '[1, 3]');
    for (const one of [
      await verify(profile, capture, other),
      await verify(profile, changed, secret),
      await verify(profile, capture.slice(0, -SENT_BODY.length), secret),
    ])
      expect([one.code, one.out.replaceAll('\n', ' ')]).toEqual([
        1,
        expect.stringContaining('Not genuine (signature_invalid)'),
      ]);
  });

  test('names the age of an old delivery, and checks it as of --at', async () => {
    const { code, out } = await verify(profile, capture, secret, ['--at', String(NOW_MS + 7_380_000)]);
    if (unit === 'none') expect(code).toBe(0);
    else
      expect([code, out]).toEqual([
        1,
        expect.stringContaining('timestamp_out_of_range): it was signed 2 hours 3 minutes ago'),
      ]);
    const ahead = await verify(profile, capture, secret, ['--at', String(NOW_MS - 600_000)]);
    expect(ahead.out).toContain(unit === 'none' ? 'Genuine' : 'it was signed 10 minutes ahead of now');
  });

  test('prints JSON with the same fields for each verdict', async () => {
    const good = JSON.parse((await verify(profile, capture, secret, ['--json'])).out);
    const signedAt = unit === 'none' ? null : '2027-01-15T08:00:00.000Z';
    expect(good).toEqual({ profile, genuine: true, problem: null, reason: null, signedAt, remarks: [] });
    const bad = JSON.parse((await verify(profile, 'Host: h\n\n', secret, ['--json'])).out);
    expect(Object.keys(bad)).toEqual(Object.keys(good));
    expect(bad).toMatchObject({ genuine: false, reason: expect.stringContaining('missing') });
  });

  test('reads the body from another file', async () => {
    const head = capture.slice(0, -SENT_BODY.length);
    const { code } = await verify(profile, head, secret, ['--body-file', temporaryFile(SENT_BODY)]);
    expect(code).toBe(0);
  });
});

test('refuses a secret that the profile cannot use, and does not repeat it', async () => {
  const way = DELIVERIES.find(({ profile }) => profile === 'standard-webhooks');
  const { code, err } = await verify('standard-webhooks', captureDelimited(way as never), 'sk_not-a-whsec-text');
  expect([code, err]).toEqual([2, expect.stringContaining('whsec_ followed by base64')]);
  expect(err).not.toContain('sk_not');
  expect((await verify('nitro', 'Host: h\n\n', ' sk_1')).err).toContain('spaces or a line break around it');
});
