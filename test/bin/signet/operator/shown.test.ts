// What operators read of a key and of an endpoint.
import { expect, test } from 'vitest';
import { viewEndpoint } from '../../../../bin/signet/operator/show/show-endpoint.ts';
import { showKey } from '../../../../bin/signet/operator/show/show-key.ts';
import { iso } from '../../../../bin/signet/operator/show/show-time.ts';
import type { PartnerSecretKey } from '../../../../lib/relay/model/records.ts';
import { sampleEndpoint } from '../../../support/relay/samples.ts';
import { NOW_MS } from '../fake-terminal.ts';

test('shows that no version of a revoked key is accepted', () => {
  const common = { kind: 'partner', accountId: 'acmeacmeacmeacme', keyId: 'acme', profile: 'nitro' } as const;
  const [early, late] = [NOW_MS - 120_000, NOW_MS + 60_000];
  const versions: PartnerSecretKey['versions'] = [
    { version: 3, master: 1 },
    { version: 2, master: 1, endsAt: late },
    { version: 1, master: 1, endsAt: early },
  ];
  const acceptedOf = (key: PartnerSecretKey) =>
    showKey(key, NOW_MS, 80).flatMap((line) => /master 1 +(yes|until .*Z|no, since .*Z)/.exec(line)?.[1] ?? []);
  const [before, ends] = ['2027-01-15 07:58Z', '2027-01-15 08:01Z'];
  expect(acceptedOf({ ...common, versions })).toEqual(['yes', `until ${ends}`, `no, since ${before}`]);
  const now = 'no, since 2027-01-15 08:00Z';
  expect(acceptedOf({ ...common, versions, revokedAt: NOW_MS })).toEqual([now, now, `no, since ${before}`]);
});

test('shows the versions of a used and revoked key as a table in eighty columns', () => {
  const numbers = [1_795_351_102, 1_795_351_101];
  const versions = numbers.map((version) => ({ version, master: 1, createdAt: NOW_MS })) as never;
  const key = { kind: 'partner', accountId: 'acmeacmeacmeacme', keyId: 'acme', profile: 'nitro', versions } as const;
  const lastUsedAt = Object.fromEntries(numbers.map((version) => [version, NOW_MS]));
  const lines = showKey({ ...key, lastUsedAt, revokedAt: NOW_MS }, NOW_MS, 80);
  expect(lines.at(-3)).toMatch(/^ *version +from +created +accepted +last used$/);
  expect(Math.max(...lines.map((line) => [...line].length))).toBeLessThanOrEqual(80);
});

test('writes every time in the JSON of an endpoint in RFC 3339', () => {
  const [createdAt, endsAt] = [NOW_MS, NOW_MS + 1_000];
  const endpoint = sampleEndpoint({ createdAt, versions: [{ version: 1, master: 1, createdAt, endsAt }] });
  const times = { createdAt: iso(createdAt), endsAt: iso(endsAt) };
  expect(viewEndpoint(endpoint).json).toMatchObject({
    endpoint: { createdAt: times.createdAt, versions: [{ version: 1, master: 1, ...times }] },
  });
});
