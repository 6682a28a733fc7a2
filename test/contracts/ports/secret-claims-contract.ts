// The contract of secret claims: each secret has at most one owner.
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import type { SecretName } from '../../../lib/relay/model/key-ring.ts';
import type { SecretClaims } from '../../../lib/relay/operator/operator-ports.ts';
import { unique } from '../../support/relay/samples.ts';

const OWNER: SecretName = { direction: 'inbound', accountId: 'acme', id: 'key-1', version: 1 };

/** Describes the tests that every store of secret claims must pass. */
export function describeSecretClaimsContract(makeClaims: () => SecretClaims): void {
  it('accepts a second claim of the same owner', async () => {
    const claims = makeClaims();
    const digest = unique('digest');
    for (let times = 0; times < 2; times += 1) expect(await claims.claim(digest, OWNER)).toBe(true);
  });

  it.each([
    ['version', { version: 2 }],
    ['key', { id: 'key-2' }],
    ['account', { accountId: 'other' }],
    ['direction', { direction: 'outbound' }],
  ] as const)('refuses another %s, which cannot release it either', async (_what, change) => {
    const claims = makeClaims();
    const digest = unique('digest');
    await claims.claim(digest, OWNER);
    const other = { ...OWNER, ...change };
    expect(await claims.claim(digest, other)).toBe(false);
    await claims.release(digest, other);
    expect([await claims.claim(digest, other), await claims.claim(digest, OWNER)]).toEqual([false, true]);
  });

  it('accepts another owner after a release, and accepts a second release', async () => {
    const claims = makeClaims();
    const digest = unique('digest');
    await claims.claim(digest, OWNER);
    for (let times = 0; times < 2; times += 1) await claims.release(digest, OWNER);
    expect(await claims.claim(digest, { ...OWNER, id: 'key-2' })).toBe(true);
  });

  it('accepts one of several concurrent owners', async () => {
    const claims = makeClaims();
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(fc.integer({ min: 1, max: 9 }), { minLength: 2 }), async (versions) => {
        const digest = unique('digest');
        const answers = await Promise.all(versions.map((version) => claims.claim(digest, { ...OWNER, version })));
        expect(answers.filter(Boolean)).toHaveLength(1);
      }),
      { numRuns: 20 },
    );
  });
}
