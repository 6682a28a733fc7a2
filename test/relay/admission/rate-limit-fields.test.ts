// rateLimitFields: the headers RateLimit-Policy and RateLimit are well-formed structured fields.
import fc from 'fast-check';
import { parseList } from 'structured-headers';
import { describe, expect, it } from 'vitest';
import { rateLimitFields } from '../../../lib/relay/admission/rate-limit-fields.ts';
import { NOW, SECOND } from '../../support/relay/samples.ts';

const UNTIL_DECEMBER = Math.ceil((Date.parse('2026-12-01T00:00:00Z') - NOW) / SECOND);

describe('the RateLimit headers', () => {
  it('are structured lists of the same two policies, and never have negative integers', () => {
    const count = fc.nat({ max: 10_000_000 });
    const items = (text = '') => parseList(text).map(([name, numbers]) => ({ name, ...Object.fromEntries(numbers) }));
    fc.assert(
      fc.property(count, count, count, count, (jobsPerMonth, jobsPerMinute, month, minute) => {
        const fields = rateLimitFields({ jobsPerMonth, jobsPerMinute }, { month, minute }, NOW);
        expect(items(fields['ratelimit-policy'])).toEqual([
          { name: 'minute', q: jobsPerMinute, w: 60 },
          { name: 'month', q: jobsPerMonth, w: 30 * 86_400 },
        ]);
        expect(items(fields['ratelimit'])).toEqual([
          { name: 'minute', r: Math.max(0, jobsPerMinute - minute), t: 60 },
          { name: 'month', r: Math.max(0, jobsPerMonth - month), t: UNTIL_DECEMBER },
        ]);
      }),
    );
  });
});
