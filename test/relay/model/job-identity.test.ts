// A job's id and fingerprint: two submissions with the same meaning get the same ones, and no others do.

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deriveFingerprint, deriveJobId, dueShardOf } from '../../../lib/relay/model/job-identity.ts';
import { TUNING } from '../../../lib/relay/model/tuning.ts';
import { sampleSubmission } from '../../support/relay/world.ts';

const wellFormed = fc.string({ unit: 'grapheme' });

describe('the job id', () => {
  it('is the same for the same account and key, in every release', () => {
    // Made with Python's hashlib and base64.
    expect(deriveJobId('acme4acme4acme4a', 'order-1')).toBe('job_2yterzurbcc5lfkf2qmcto4wc3w65yp2v5v6lk44soboatin5x6a');
  });

  it('is different whenever the account or the key is different', () => {
    fc.assert(
      fc.property(wellFormed, wellFormed, wellFormed, wellFormed, (account, key, otherAccount, otherKey) => {
        const isSame = account === otherAccount && key === otherKey;
        expect(deriveJobId(account, key) === deriveJobId(otherAccount, otherKey)).toBe(isSame);
      }),
    );
  });

  it('is different when characters move from the account to the key', () => {
    fc.assert(
      fc.property(
        wellFormed.filter((text) => text !== ''),
        fc.nat(),
        (text, at) => {
          const cut = at % text.length;
          const isSame = deriveJobId(text.slice(0, cut), text.slice(cut)) === deriveJobId(text, '');
          expect(isSame).toBe(false);
        },
      ),
    );
  });
});

describe('the fingerprint', () => {
  const json = fc.jsonValue({ stringUnit: 'grapheme', maxDepth: 4 });
  const submissionWith = (metadata: unknown) => ({ ...sampleSubmission(), idempotencyKey: 'same', metadata }) as never;

  it('is equal for two bodies exactly when their RFC 8785 forms are equal', () => {
    fc.assert(
      fc.property(json, json, (one, other) => {
        const isEqual = deriveFingerprint(submissionWith(one)) === deriveFingerprint(submissionWith(other));
        expect(isEqual).toBe(canonical(one) === canonical(other));
      }),
      { numRuns: 300 },
    );
  });

  it('does not depend on the order of names, at any depth', () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(deriveFingerprint(submissionWith(reversed(value)))).toBe(deriveFingerprint(submissionWith(value)));
      }),
    );
  });

  it('distinguishes an absent field from an empty one', () => {
    const forms = [{}, { expectedDomain: '' }, { metadata: {} }, { context: {} }];
    const submission = { ...sampleSubmission(), idempotencyKey: 'same' };
    expect(new Set(forms.map((form) => deriveFingerprint({ ...submission, ...form }))).size).toBe(forms.length);
    expect(deriveFingerprint({ ...submission, expectedDomain: undefined })).toBe(deriveFingerprint(submission));
  });
});

it('dueShardOf uses every shard of the index, and no other number', () => {
  const shards = Array.from({ length: 1_000 }, (_, index) => dueShardOf(`job_${index}`));
  expect(new Set(shards)).toEqual(new Set(Array.from({ length: TUNING.dueShards }, (_, shard) => shard)));
});

/** A short RFC 8785: names are sorted by UTF-16 code units, everything else is as ECMAScript writes it. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1));
  return `{${entries.map(([name, one]) => `${JSON.stringify(name)}:${canonical(one)}`).join(',')}}`;
}

function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([name, one]) => [name, reversed(one)]),
  );
}
