// Reconciling queues: missing and empty queues are repaired, and queues without an account are only reported.
import { describe, expect, it } from 'vitest';
import { reconcileQueues } from '../../../../lib/relay/operator/deployment/queues.ts';
import { cancelJob } from '../../../../lib/relay/operator/jobs/jobs.ts';
import { granted, refusalOf } from '../../../support/relay/outcomes.ts';
import { ACCOUNT, NOW, sampleAccount, sampleJob } from '../../../support/relay/samples.ts';
import { createWorld, sampleSubmission } from '../../../support/relay/world.ts';

const { accountId } = ACCOUNT;

async function ready() {
  const world = await createWorld();
  const submit = async (): Promise<string> => (await world.submit(sampleSubmission())).json.jobId;
  return { world, ports: world.ports, submit };
}

describe('reconciling queues', () => {
  it('creates a missing queue and sends its open jobs again, and changes nothing else', async () => {
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
    expect(await ports.inventory.depth({ accountId, pool: 'second' })).toEqual({ visible: 1, inFlight: 0, delayed: 0 });
    expect(granted(await reconcileQueues(ports))).toEqual({ created: [], refilled: [], orphans: [] });
  });

  it('refills an empty queue with open jobs, unless an agent has received its messages', async () => {
    const { world, ports, submit } = await ready();
    await submit();
    await ports.inventory.remove(world.pool);
    await ports.queues.createQueue(world.pool);
    const refilled = [{ ...world.pool, resent: 1, unsent: 0 }];
    expect(granted(await reconcileQueues(ports))).toEqual({ created: [], refilled, orphans: [] });
    await world.pull({ want: 1 });
    expect(granted(await reconcileQueues(ports))).toEqual({ created: [], refilled: [], orphans: [] });
  });

  it('names queues that no account has, and changes neither them nor their messages', async () => {
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
    expect(await ports.inventory.depth({ accountId, pool: 'old' })).toEqual({ visible: 1, inFlight: 0, delayed: 0 });
  });

  it('is limited to the named account', async () => {
    const { world, ports } = await ready();
    const other = sampleAccount({ pools: ['default'] });
    await world.putAccount(other);
    await ports.inventory.remove({ accountId: other.accountId, pool: 'default' });
    expect(granted(await reconcileQueues(ports, { accountId }))).toEqual({ created: [], refilled: [], orphans: [] });
    expect(granted(await reconcileQueues(ports)).created).toMatchObject([{ accountId: other.accountId }]);
    expect(refusalOf(await reconcileQueues(ports, { accountId: 'nobody' }))).toBe('account_unknown');
  });

  it('creates no queue for an account that is being deleted, and reports none of its queues', async () => {
    const { world, ports } = await ready();
    await world.putAccount({ ...ACCOUNT, state: 'deleting' });
    await ports.inventory.remove({ accountId, pool: 'default' });
    expect(granted(await reconcileQueues(ports))).toEqual({ created: [], refilled: [], orphans: [] });
    expect(refusalOf(await reconcileQueues(ports, { accountId }))).toBe('account_deleting');
  });

  it('counts the jobs that could not be sent', async () => {
    const { ports, submit } = await ready();
    await submit();
    await ports.inventory.remove({ accountId, pool: 'default' });
    const queues = { ...ports.queues, sendMany: () => Promise.reject(new Error('full')) };
    const { created } = granted(await reconcileQueues({ ...ports, queues }));
    expect(created).toMatchObject([{ resent: 0, unsent: 1 }]);
  });
});
