// A job as a row: it loses nothing, and the row of the reference job costs one write unit.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toItem } from '../../../lib/aws/table/dynamodb-table.ts';
import { fromJobRow, toJobRow } from '../../../lib/aws/table/job-row.ts';
import { itemSizeBytes } from '../../../lib/local/cloud/meter/item-size.ts';
import type { Job } from '../../../lib/relay/model/records.ts';
import { wellFormedText } from '../../support/any-text.ts';
import { AGENT_ID, MINUTE, NOW, sampleJob, sampleResult, TRACKING_URL } from '../../support/relay/samples.ts';

const sizeOf = (job: Job) => itemSizeBytes(toItem(toJobRow(job)) as never);

describe('the reference job', () => {
  const queued = sampleJob();
  const leased = { ...queued, state: 'leased', fence: 1, attempts: 1, leasedBy: AGENT_ID } as const;
  const { dueAt: _, ...rest } = leased;
  const finalUrl = `https://shop.example.org/${'p'.repeat(95)}`;
  const result = sampleResult({ finalUrl });
  const completed: Job = { ...rest, state: 'completed', evidenceSha256: 's'.repeat(43), result };

  it('needs one write unit of 1 KiB in each of its states', () => {
    expect(TRACKING_URL.length).toBeGreaterThanOrEqual(120);
    expect(finalUrl).toHaveLength(120);
    expect(sizeOf(queued)).toBeLessThanOrEqual(1024);
    expect(sizeOf({ ...leased, leasedAt: NOW, leaseUntil: NOW + 2 * MINUTE })).toBeLessThanOrEqual(1024);
    expect(sizeOf(completed)).toBeLessThanOrEqual(1024);
  });
});

describe('the row', () => {
  it('restores any submission that JSON can carry', () => {
    const metadata = fc.dictionary(wellFormedText(), fc.jsonValue());
    fc.assert(
      fc.property(metadata, wellFormedText(), (given, rowId) => {
        const job = sampleJob({ submission: { ...sampleJob().submission, rowId, metadata: given } });
        expect(JSON.stringify(fromJobRow(toJobRow(job)).submission)).toBe(JSON.stringify(job.submission));
      }),
      { numRuns: 100 },
    );
  });

  it('is in the due index only while something is due', () => {
    expect(toJobRow(sampleJob())).toMatchObject({ dueShard: expect.any(Number), dueAt: expect.any(Number) });
    const { dueAt: _, ...ended } = sampleJob({ state: 'failed' });
    expect(toItem(toJobRow(ended))).not.toHaveProperty('dueShard');
  });

  it('has the keys of its account’s list, and expires after 30 days', () => {
    const job = sampleJob();
    expect(toJobRow(job)).toMatchObject({
      account: job.accountId,
      createdAtJobId: `2026-11-22T12:00:00.250Z#${job.jobId}`,
      kind: 'job',
      expiresAt: Math.ceil(NOW / 1000) + 30 * 24 * 3600,
    });
  });
});
