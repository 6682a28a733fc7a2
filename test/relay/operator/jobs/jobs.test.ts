// Operators' commands on jobs: listing, showing, canceling and resending, by the same rules as for partners.
import { describe, expect, it } from 'vitest';
import { cancelJob, listJobs, resendJob, showJob } from '../../../../lib/relay/operator/jobs/jobs.ts';
import { leaseOne } from '../../../support/relay/evidence-samples.ts';
import { granted, refusalOf } from '../../../support/relay/outcomes.ts';
import { ACCOUNT, DAY, HOUR, NOW, sampleJob, sampleResult } from '../../../support/relay/samples.ts';
import { createWorld, sampleSubmission } from '../../../support/relay/world.ts';

const { accountId } = ACCOUNT;
const UNKNOWN_JOB_ID = `job_${'a'.repeat(52)}`;

async function ready() {
  const world = await createWorld();
  const submit = async (): Promise<string> => (await world.submit(sampleSubmission())).json.jobId;
  return { world, ports: world.ports, submit };
}

describe('listing jobs', () => {
  it('returns them newest first, filtered by state and time, up to a limit', async () => {
    const { ports } = await ready();
    const jobs = [0, 1, 2, 3].map((hours) =>
      sampleJob({ createdAt: NOW - hours * HOUR, ...(hours % 2 === 1 && { state: 'failed' as const }) }),
    );
    for (const job of [...jobs, sampleJob({ accountId: 'other4other4othe' })]) await ports.jobs.create(job, NOW);
    const ids = async (filter: Parameters<typeof listJobs>[2]) => {
      const { jobs: listed, hasMore } = granted(await listJobs(ports, accountId, filter));
      return [listed.map(({ jobId }) => jobs.findIndex((job) => job.jobId === jobId)), hasMore];
    };
    expect(await ids({})).toEqual([[0, 1, 2, 3], false]);
    expect(await ids({ state: 'failed' })).toEqual([[1, 3], false]);
    expect(await ids({ sinceMs: NOW - 2 * HOUR })).toEqual([[0, 1, 2], false]);
    expect(await ids({ limit: 2 })).toEqual([[0, 1], true]);
    expect(await ids({ limit: 4 })).toEqual([[0, 1, 2, 3], false]);
  });

  it('reads more than one page of rows', async () => {
    const { ports } = await ready();
    for (let age = 0; age < 250; age += 1) await ports.jobs.create(sampleJob({ createdAt: NOW - age }), NOW);
    const { jobs, hasMore } = granted(await listJobs(ports, accountId, { limit: 1_000 }));
    expect([jobs.length, new Set(jobs.map(({ jobId }) => jobId)).size, hasMore]).toEqual([250, 250, false]);
  });

  it('omits jobs after the retention period, and refuses invalid limits and unknown accounts', async () => {
    const { ports } = await ready();
    await ports.jobs.create(sampleJob({ createdAt: NOW - 31 * DAY }), NOW - 31 * DAY);
    expect(granted(await listJobs(ports, accountId, { sinceMs: 0 })).jobs).toEqual([]);
    for (const limit of [0, 1.5, 1_001]) expect(refusalOf(await listJobs(ports, accountId, { limit }))).toBe('invalid');
    expect(refusalOf(await listJobs(ports, 'nobody'))).toBe('account_unknown');
  });
});

describe('a job', () => {
  it('is shown with the timeline that its partner sees', async () => {
    const { world, ports } = await ready();
    const { lease } = await leaseOne(world);
    const partners = (await world.get(`/api/links/${lease.jobId}/timeline`)).json;
    const shown = granted(await showJob(ports, lease.jobId));
    expect(shown).toMatchObject({ accountId, job: { jobId: lease.jobId, state: 'leased' }, events: partners.events });
  });

  it('is canceled as by its partner: once, with a refund', async () => {
    const { world, ports, submit } = await ready();
    const jobId = await submit();
    expect(granted(await cancelJob(ports, jobId))).toMatchObject({ jobId, state: 'canceled' });
    expect(granted(await cancelJob(ports, jobId))).toMatchObject({ state: 'canceled' });
    expect(await ports.jobs.find(jobId)).toMatchObject({ endReason: 'operator_asked' });
    expect(ports.quota.used(accountId, '2026-11')).toBe(0);
    expect(world.namesOfEvents().filter((name) => name === 'job.ended')).toHaveLength(1);
  });

  it('is refused with changed_meanwhile if it keeps changing during a cancel', async () => {
    const { ports, submit } = await ready();
    const jobId = await submit();
    const { jobs } = ports;
    ports.jobs = { ...jobs, end: async (job) => ({ done: false, job }) };
    expect(refusalOf(await cancelJob(ports, jobId))).toBe('changed_meanwhile');
  });

  it('is sent again while it is open, and never after its end', async () => {
    const { world, ports, submit } = await ready();
    const jobId = await submit();
    expect(granted(await resendJob(ports, jobId))).toMatchObject({ jobId, state: 'queued' });
    expect(ports.queues.sent.map((ref) => ref.jobId)).toEqual([jobId, jobId]);
    expect(world.events.at(-1)).toMatchObject({ event: 'job.resent', jobId });
    await cancelJob(ports, jobId);
    expect(refusalOf(await resendJob(ports, jobId))).toBe('job_finished');
    expect(ports.queues.sent).toHaveLength(2);
  });

  it('is not canceled after its end', async () => {
    const { ports } = await ready();
    const job = sampleJob({ state: 'completed', result: sampleResult() });
    await ports.jobs.create(job, NOW);
    expect(refusalOf(await cancelJob(ports, job.jobId))).toBe('job_finished');
  });

  it.each([
    ['showJob', showJob],
    ['cancelJob', cancelJob],
    ['resendJob', resendJob],
  ] as const)(
    'is unknown to %s if the id is malformed or unused, or its retention period is over',
    async (_name, act) => {
      const { ports } = await ready();
      const old = sampleJob({ createdAt: NOW - 31 * DAY });
      await ports.jobs.create(old, NOW - 31 * DAY);
      for (const jobId of [UNKNOWN_JOB_ID, 'x', old.jobId])
        expect(refusalOf(await act(ports, jobId))).toBe('job_unknown');
    },
  );
});
