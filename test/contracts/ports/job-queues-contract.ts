// The contract of job queues: each message goes to one receiver at a time, and only to the queue's own account and pool.
import { expect, it } from 'vitest';
import { DependencyUnavailable, type JobMessage, type JobQueues, type Pool } from '../../../lib/relay/model/ports.ts';
import { DAY, NOW, sampleJob, unique } from '../../support/relay/samples.ts';

export interface JobQueuesContractPorts {
  readonly queues: JobQueues;
  createQueue(pool: Pool): Promise<void>;
  /** Sends a message that is not a pointer to a job. */
  sendForeign(pool: Pool): Promise<void>;
  /** Lets a little time pass on the queues' clock. */
  passTime(): Promise<void>;
}

const HIDE_FOR_A_SECOND = { limit: 10, visibilitySeconds: 1 };
const HIDE_FOR_A_MINUTE = { ...HIDE_FOR_A_SECOND, visibilitySeconds: 60 };

/** Describes the tests that all job queues must pass. */
export function describeJobQueuesContract(makePorts: () => JobQueuesContractPorts): void {
  async function ready() {
    const ports = makePorts();
    const pool = { accountId: unique('account'), pool: 'default' };
    await ports.createQueue(pool);
    return { ...ports, pool };
  }

  async function eventuallyReceive({ queues, passTime, pool }: Awaited<ReturnType<typeof ready>>): Promise<JobMessage> {
    for (let tries = 0; tries < 200; tries += 1) {
      const [message] = await queues.receive(pool, HIDE_FOR_A_MINUTE);
      if (message) return message;
      await passTime();
    }
    throw new Error('The message did not become visible again.');
  }

  it('returns a pointer to one receiver, and to no other while it is hidden', async () => {
    const { queues, pool } = await ready();
    const { jobId, createdAt } = sampleJob();
    await queues.send(pool, { jobId, createdAt });
    const messages = await queues.receive(pool, HIDE_FOR_A_MINUTE);
    expect(messages.map(({ ref }) => ref)).toEqual([{ jobId, createdAt }]);
    expect(await queues.receive(pool, HIDE_FOR_A_MINUTE)).toEqual([]);
  });

  it('returns it again with another receipt when its visibility timeout is over', async () => {
    const world = await ready();
    const { queues, pool } = world;
    await queues.send(pool, sampleJob());
    const [first] = await queues.receive(pool, HIDE_FOR_A_SECOND);
    const second = await eventuallyReceive(world);
    expect(second.ref).toEqual(first?.ref);
    expect(second.receipt).not.toBe(first?.receipt);
  });

  it('shows a message at once if it is hidden for zero seconds', async () => {
    const { queues, pool } = await ready();
    await queues.send(pool, sampleJob());
    const [message] = await queues.receive(pool, HIDE_FOR_A_MINUTE);
    await queues.hideMany(pool, [{ receipt: message?.receipt ?? '', seconds: 0 }]);
    expect(await queues.receive(pool, HIDE_FOR_A_MINUTE)).toHaveLength(1);
  });

  it('hides a message for a given time from now', async () => {
    const world = await ready();
    const { queues, pool } = world;
    await queues.send(pool, sampleJob());
    const [message] = await queues.receive(pool, HIDE_FOR_A_MINUTE);
    await queues.hideMany(pool, [{ receipt: message?.receipt ?? '', seconds: 1 }]);
    expect((await eventuallyReceive(world)).ref).toEqual(message?.ref);
  });

  it('never returns a deleted message', async () => {
    const { queues, pool } = await ready();
    await queues.send(pool, sampleJob());
    const [message] = await queues.receive(pool, HIDE_FOR_A_MINUTE);
    await queues.hideMany(pool, [{ receipt: message?.receipt ?? '', seconds: 0 }]);
    const [received] = await queues.receive(pool, HIDE_FOR_A_MINUTE);
    await queues.deleteMany(pool, [received?.receipt ?? '']);
    expect(await queues.receive(pool, HIDE_FOR_A_MINUTE)).toEqual([]);
  });

  it('returns no more than the limit, and each message to one of two receivers', async () => {
    const { queues, pool } = await ready();
    const jobs = Array.from({ length: 5 }, () => sampleJob());
    for (const job of jobs) await queues.send(pool, job);
    const three = await queues.receive(pool, { ...HIDE_FOR_A_MINUTE, limit: 3 });
    expect(three.length).toBeLessThanOrEqual(3);
    const rest = await queues.receive(pool, HIDE_FOR_A_MINUTE);
    const ids = [...three, ...rest].map(({ ref }) => ref?.jobId);
    expect(ids.toSorted()).toEqual(jobs.map(({ jobId }) => jobId).toSorted());
  });

  it('sends ten pointers in one call, each as its own message', async () => {
    const { queues, pool } = await ready();
    const jobs = Array.from({ length: 10 }, () => sampleJob());
    expect(await queues.sendMany(pool, jobs)).toEqual([]);
    const messages = [
      ...(await queues.receive(pool, HIDE_FOR_A_MINUTE)),
      ...(await queues.receive(pool, HIDE_FOR_A_MINUTE)),
    ];
    const refs = jobs.map(({ jobId, createdAt }) => ({ jobId, createdAt }));
    expect(messages.map(({ ref }) => ref)).toHaveLength(10);
    expect(messages.map(({ ref }) => ref)).toEqual(expect.arrayContaining(refs));
  });

  it('returns up to forty at once, each as its own message', async () => {
    const { queues, pool } = await ready();
    const jobs = Array.from({ length: 40 }, () => sampleJob());
    for (let at = 0; at < 40; at += 10) await queues.sendMany(pool, jobs.slice(at, at + 10));
    const messages = await queues.receive(pool, { ...HIDE_FOR_A_MINUTE, limit: 40 });
    const rest = await queues.receive(pool, { ...HIDE_FOR_A_MINUTE, limit: 40 });
    expect(messages.length).toBeGreaterThan(10);
    const ids = [...messages, ...rest].map(({ ref }) => ref?.jobId);
    expect(ids.toSorted()).toEqual(jobs.map(({ jobId }) => jobId).toSorted());
  });

  it('separates accounts and pools', async () => {
    const { queues, pool, createQueue } = await ready();
    const others = [
      { accountId: unique('account'), pool: 'default' },
      { ...pool, pool: 'second' },
    ];
    for (const other of others) await createQueue(other);
    await queues.send(pool, sampleJob());
    for (const other of others) expect(await queues.receive(other, HIDE_FOR_A_MINUTE)).toEqual([]);
  });

  it('returns an unreadable message without a job', async () => {
    const { queues, pool, sendForeign } = await ready();
    await sendForeign(pool);
    const messages = await queues.receive(pool, HIDE_FOR_A_MINUTE);
    expect(messages).toEqual([{ ref: undefined, receipt: expect.any(String) }]);
  });

  it('deletes and hides up to ten messages in one call, even if a receipt is invalid', async () => {
    const { queues, pool } = await ready();
    await queues.sendMany(
      pool,
      Array.from({ length: 10 }, () => sampleJob()),
    );
    const messages = await queues.receive(pool, HIDE_FOR_A_MINUTE);
    expect(messages).toHaveLength(10);
    const receipts = messages.map(({ receipt }) => receipt);
    const [first = '', ...rest] = receipts;
    const hidden = [{ receipt: first, seconds: 60 }, ...rest.map((receipt) => ({ receipt, seconds: 0 }))];
    await queues.hideMany(pool, hidden);
    const visible = await queues.receive(pool, HIDE_FOR_A_MINUTE);
    expect(visible.map(({ ref }) => ref?.jobId).toSorted()).toEqual(
      messages
        .slice(1)
        .map(({ ref }) => ref?.jobId)
        .toSorted(),
    );
    const [remaining, ...deleted] = visible.map(({ receipt }) => receipt);
    await queues.deleteMany(pool, ['no receipt at all', ...deleted]);
    await queues.hideMany(pool, [
      { receipt: 'no receipt at all', seconds: 5 },
      { receipt: remaining ?? '', seconds: 0 },
    ]);
    expect(await queues.receive(pool, HIDE_FOR_A_MINUTE)).toHaveLength(1);
  });

  it('ignores an invalid or expired receipt', async () => {
    const { queues, pool } = await ready();
    await queues.deleteMany(pool, ['no receipt at all']);
    await queues.hideMany(pool, [{ receipt: 'no receipt at all', seconds: 5 }]);
    await queues.send(pool, sampleJob());
    const [message] = await queues.receive(pool, HIDE_FOR_A_MINUTE);
    await queues.deleteMany(pool, [message?.receipt ?? '']);
    await queues.deleteMany(pool, [message?.receipt ?? '']);
    await queues.hideMany(pool, [{ receipt: message?.receipt ?? '', seconds: 5 }]);
    expect(await queues.receive(pool, HIDE_FOR_A_MINUTE)).toEqual([]);
  });

  it('throws DependencyUnavailable if the queue does not exist', async () => {
    const { queues } = makePorts();
    const pool = { accountId: unique('account'), pool: 'missing' };
    await expect(queues.send(pool, { jobId: 'job_1', createdAt: NOW - DAY })).rejects.toThrow(DependencyUnavailable);
    await expect(queues.sendMany(pool, [sampleJob()])).rejects.toThrow(DependencyUnavailable);
    await expect(queues.deleteMany(pool, ['receipt'])).rejects.toThrow(DependencyUnavailable);
    await expect(queues.hideMany(pool, [{ receipt: 'receipt', seconds: 5 }])).rejects.toThrow(DependencyUnavailable);
    await expect(queues.receive(pool, HIDE_FOR_A_MINUTE)).rejects.toThrow(DependencyUnavailable);
  });
}
