// Jobs and queues in an operator's hands: the partner's own rules, and queues put right.
import { describe, expect, it } from 'vitest';
import { reconcileQueues } from '../../../../lib/relay/operator/deployment/queues.ts';
import { cancelJob, listJobs, resendJob, showJob } from '../../../../lib/relay/operator/jobs/jobs.ts';
import { leaseOne } from '../../../support/relay/evidence-samples.ts';
import { granted, refusalOf } from '../../../support/relay/outcomes.ts';
import { ACCOUNT, DAY, HOUR, NOW, sampleAccount, sampleJob, sampleResult } from '../../../support/relay/samples.ts';
import { createWorld, sampleSubmission } from '../../../support/relay/world.ts';

const { accountId } = ACCOUNT;
const UNKNOWN = `job_${'a'.repeat(52)}`;

async function ready() {
  const world = await createWorld();
  const submit = async (): Promise<string> => (await world.submit(sampleSubmission())).json.jobId;
  return { world, ports: world.ports, submit };
}

describe('listing jobs', () => {
  it('gives them newest first, by state and time, so many at most', async () => {
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

  it('goes beyond one page of rows', async () => {
    const { ports } = await ready();
    for (let made = 0; made < 250; made += 1) await ports.jobs.create(sampleJob({ createdAt: NOW - made }), NOW);
    const { jobs, hasMore } = granted(await listJobs(ports, accountId, { limit: 1_000 }));
    expect([jobs.length, new Set(jobs.map(({ jobId }) => jobId)).size, hasMore]).toEqual([250, 250, false]);
  });

  it('gives nothing that is kept no more, and refuses odd limits and unknown accounts', async () => {
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

  it('is canceled by the partner’s own rule: once, and the unit goes back', async () => {
    const { world, ports, submit } = await ready();
    const jobId = await submit();
    expect(granted(await cancelJob(ports, jobId))).toMatchObject({ jobId, state: 'canceled' });
    expect(granted(await cancelJob(ports, jobId))).toMatchObject({ state: 'canceled' });
    expect(await ports.jobs.find(jobId)).toMatchObject({ endReason: 'operator_asked' });
    expect(ports.quota.used(accountId, '2026-11')).toBe(0);
    expect(world.namesOfEvents().filter((name) => name === 'job.ended')).toHaveLength(1);
  });

  it('that keeps changing is not canceled, and that is said', async () => {
    const { ports, submit } = await ready();
    const jobId = await submit();
    const { jobs } = ports;
    ports.jobs = { ...jobs, end: async (job) => ({ done: false, job }) };
    expect(refusalOf(await cancelJob(ports, jobId))).toBe('changed_meanwhile');
  });

  it('is sent again while it is open, leased or not, and never after its end', async () => {
    const { world, ports, submit } = await ready();
    const jobId = await submit();
    expect(granted(await resendJob(ports, jobId))).toMatchObject({ jobId, state: 'queued' });
    expect(ports.queues.sent.map((ref) => ref.jobId)).toEqual([jobId, jobId]);
    expect(world.events.at(-1)).toMatchObject({ event: 'job.resent', jobId });
    await cancelJob(ports, jobId);
    expect(refusalOf(await resendJob(ports, jobId))).toBe('job_finished');
    expect(ports.queues.sent).toHaveLength(2);
  });

  it('that has ended is not canceled', async () => {
    const { ports } = await ready();
    const job = sampleJob({ state: 'completed', result: sampleResult() });
    await ports.jobs.create(job, NOW);
    expect(refusalOf(await cancelJob(ports, job.jobId))).toBe('job_finished');
  });

  it.each([
    ['showJob', showJob],
    ['cancelJob', cancelJob],
    ['resendJob', resendJob],
  ] as const)('that is none, or is kept no more, is unknown to %s', async (_name, act) => {
    const { ports } = await ready();
    const old = sampleJob({ createdAt: NOW - 31 * DAY });
    await ports.jobs.create(old, NOW - 31 * DAY);
    for (const jobId of [UNKNOWN, 'x', old.jobId]) expect(refusalOf(await act(ports, jobId))).toBe('job_unknown');
  });
});

describe('reconciling queues', () => {
  it('makes what is missing and sends its open jobs again, and touches nothing else', async () => {
    const { ports, submit } = await ready();
    const [open, ended] = [await submit(), await submit()];
    await cancelJob(ports, ended);
    const elsewhere = sampleJob({ pool: 'second' });
    await ports.jobs.create(elsewhere, NOW);
    await ports.queues.send(elsewhere, elsewhere);
    await ports.inventory.remove({ accountId, pool: 'default' });
    const created = [{ accountId, pool: 'default', resent: 1, unsent: 0 }];
    expect(granted(await reconcileQueues(ports))).toEqual({ created, refilled: [], orphans: [] });
    const messages = await ports.queues.receive({ accountId, pool: 'default' }, { limit: 10, visibilitySeconds: 1 });
    expect(messages.map(({ ref }) => ref?.jobId)).toEqual([open]);
    expect(await ports.inventory.depth({ accountId, pool: 'second' })).toEqual({ visible: 1, inFlight: 0 });
    expect(granted(await reconcileQueues(ports))).toEqual({ created: [], refilled: [], orphans: [] });
  });

  it('fills a queue that is there and empty while jobs are open, and none from which somebody has received', async () => {
    const { world, ports, submit } = await ready();
    await submit();
    await ports.inventory.remove(world.pool);
    await ports.queues.createQueue(world.pool);
    const refilled = [{ ...world.pool, resent: 1, unsent: 0 }];
    expect(granted(await reconcileQueues(ports))).toEqual({ created: [], refilled, orphans: [] });
    await world.pull({ want: 1 });
    expect(granted(await reconcileQueues(ports))).toEqual({ created: [], refilled: [], orphans: [] });
  });

  it('names queues that no account has, and leaves them and their messages alone', async () => {
    const { ports } = await ready();
    const orphans = [
      { accountId: 'gone4gone4gone4g', pool: 'default' },
      { accountId, pool: 'old' },
    ];
    for (const pool of orphans) await ports.queues.createQueue(pool);
    await ports.queues.send({ accountId, pool: 'old' }, sampleJob());
    expect(granted(await reconcileQueues(ports)).orphans).toEqual([
      'signet-test-jobs-gone4gone4gone4g-default',
      `signet-test-jobs-${accountId}-old`,
    ]);
    expect(granted(await reconcileQueues(ports, { accountId })).orphans).toEqual([`signet-test-jobs-${accountId}-old`]);
    expect(await ports.inventory.depth({ accountId, pool: 'old' })).toEqual({ visible: 1, inFlight: 0 });
  });

  it('looks at one account only when one is named', async () => {
    const { world, ports } = await ready();
    const other = sampleAccount({ pools: ['default'] });
    await world.putAccount(other);
    await ports.inventory.remove({ accountId: other.accountId, pool: 'default' });
    expect(granted(await reconcileQueues(ports, { accountId }))).toEqual({ created: [], refilled: [], orphans: [] });
    expect(granted(await reconcileQueues(ports)).created).toMatchObject([{ accountId: other.accountId }]);
    expect(refusalOf(await reconcileQueues(ports, { accountId: 'nobody' }))).toBe('account_unknown');
  });

  it('makes no queue of an account that is being deleted, and calls none of its own an orphan', async () => {
    const { world, ports } = await ready();
    await world.putAccount({ ...ACCOUNT, state: 'deleting' });
    await ports.inventory.remove({ accountId, pool: 'default' });
    expect(granted(await reconcileQueues(ports))).toEqual({ created: [], refilled: [], orphans: [] });
    expect(refusalOf(await reconcileQueues(ports, { accountId }))).toBe('account_deleting');
  });

  it('says how many could not be sent', async () => {
    const { ports, submit } = await ready();
    await submit();
    await ports.inventory.remove({ accountId, pool: 'default' });
    const queues = { ...ports.queues, sendMany: () => Promise.reject(new Error('full')) };
    const { created } = granted(await reconcileQueues({ ...ports, queues }));
    expect(created).toMatchObject([{ resent: 0, unsent: 1 }]);
  });
});
