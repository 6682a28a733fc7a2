// What every set of job queues must do: hand each message to one receiver at a time, and only the account's own.
import { expect, it } from 'vitest';
import { DependencyUnavailable, type JobMessage, type JobQueues, type Pool } from '../../../lib/relay/model/ports.ts';
import { DAY, NOW, sampleJob, unique } from '../../support/relay/samples.ts';

export interface JobQueuesContractPorts {
  readonly queues: JobQueues;
  createQueue(pool: Pool): Promise<void>;
  /** Puts a text on the queue that none of ours wrote. */
  sendForeign(pool: Pool): Promise<void>;
  /** Lets a little time pass on the queues' own clock. */
  passTime(): Promise<void>;
}

const NOW_AND_FOR_A_SECOND = { limit: 10, visibilitySeconds: 1 };
const NOW_AND_FOR_LONG = { ...NOW_AND_FOR_A_SECOND, visibilitySeconds: 60 };

export function describeJobQueuesContract(makePorts: () => JobQueuesContractPorts): void {
  async function ready() {
    const ports = makePorts();
    const pool = { accountId: unique('account'), pool: 'default' };
    await ports.createQueue(pool);
    return { ...ports, pool };
  }

  async function eventuallyReceive({ queues, passTime, pool }: Awaited<ReturnType<typeof ready>>): Promise<JobMessage> {
    for (let tries = 0; tries < 200; tries += 1) {
      const [message] = await queues.receive(pool, NOW_AND_FOR_LONG);
      if (message) return message;
      await passTime();
    }
    throw new Error('The message did not come back.');
  }

  it('hands out a pointer to the job, and to nobody else while it is hidden', async () => {
    const { queues, pool } = await ready();
    const { jobId, createdAt } = sampleJob();
    await queues.send(pool, { jobId, createdAt });
    const messages = await queues.receive(pool, NOW_AND_FOR_LONG);
    expect(messages.map(({ ref }) => ref)).toEqual([{ jobId, createdAt }]);
    expect(await queues.receive(pool, NOW_AND_FOR_LONG)).toEqual([]);
  });

  it('hands it out again when its time is over, under another receipt', async () => {
    const world = await ready();
    const { queues, pool } = world;
    await queues.send(pool, sampleJob());
    const [first] = await queues.receive(pool, NOW_AND_FOR_A_SECOND);
    const second = await eventuallyReceive(world);
    expect(second.ref).toEqual(first?.ref);
    expect(second.receipt).not.toBe(first?.receipt);
  });

  it('shows a message at once that is hidden for no seconds', async () => {
    const { queues, pool } = await ready();
    await queues.send(pool, sampleJob());
    const [message] = await queues.receive(pool, NOW_AND_FOR_LONG);
    await queues.hideMany(pool, [{ receipt: message?.receipt ?? '', seconds: 0 }]);
    expect(await queues.receive(pool, NOW_AND_FOR_LONG)).toHaveLength(1);
  });

  it('hides a message for as long as it is told from now on', async () => {
    const world = await ready();
    const { queues, pool } = world;
    await queues.send(pool, sampleJob());
    const [message] = await queues.receive(pool, NOW_AND_FOR_LONG);
    await queues.hideMany(pool, [{ receipt: message?.receipt ?? '', seconds: 1 }]);
    expect((await eventuallyReceive(world)).ref).toEqual(message?.ref);
  });

  it('never hands out a message again that was removed', async () => {
    const { queues, pool } = await ready();
    await queues.send(pool, sampleJob());
    const [message] = await queues.receive(pool, NOW_AND_FOR_LONG);
    await queues.hideMany(pool, [{ receipt: message?.receipt ?? '', seconds: 0 }]);
    const [again] = await queues.receive(pool, NOW_AND_FOR_LONG);
    await queues.deleteMany(pool, [again?.receipt ?? '']);
    expect(await queues.receive(pool, NOW_AND_FOR_LONG)).toEqual([]);
  });

  it('hands out no more than asked for, and each message to one of two receivers', async () => {
    const { queues, pool } = await ready();
    const jobs = Array.from({ length: 5 }, () => sampleJob());
    for (const job of jobs) await queues.send(pool, job);
    const three = await queues.receive(pool, { ...NOW_AND_FOR_LONG, limit: 3 });
    expect(three.length).toBeLessThanOrEqual(3);
    const rest = await queues.receive(pool, NOW_AND_FOR_LONG);
    const ids = [...three, ...rest].map(({ ref }) => ref?.jobId);
    expect(ids.toSorted()).toEqual(jobs.map(({ jobId }) => jobId).toSorted());
  });

  it('takes ten at once, each a message of its own', async () => {
    const { queues, pool } = await ready();
    const jobs = Array.from({ length: 10 }, () => sampleJob());
    expect(await queues.sendMany(pool, jobs)).toEqual([]);
    const messages = [
      ...(await queues.receive(pool, NOW_AND_FOR_LONG)),
      ...(await queues.receive(pool, NOW_AND_FOR_LONG)),
    ];
    const refs = jobs.map(({ jobId, createdAt }) => ({ jobId, createdAt }));
    expect(messages.map(({ ref }) => ref)).toHaveLength(10);
    expect(messages.map(({ ref }) => ref)).toEqual(expect.arrayContaining(refs));
  });

  it('takes forty at once, each a message of its own', async () => {
    const { queues, pool } = await ready();
    const jobs = Array.from({ length: 40 }, () => sampleJob());
    for (let at = 0; at < 40; at += 10) await queues.sendMany(pool, jobs.slice(at, at + 10));
    const messages = await queues.receive(pool, { ...NOW_AND_FOR_LONG, limit: 40 });
    const rest = await queues.receive(pool, { ...NOW_AND_FOR_LONG, limit: 40 });
    expect(messages.length).toBeGreaterThan(10);
    const ids = [...messages, ...rest].map(({ ref }) => ref?.jobId);
    expect(ids.toSorted()).toEqual(jobs.map(({ jobId }) => jobId).toSorted());
  });

  it('keeps accounts and pools apart', async () => {
    const { queues, pool, createQueue } = await ready();
    const others = [
      { accountId: unique('account'), pool: 'default' },
      { ...pool, pool: 'second' },
    ];
    for (const other of others) await createQueue(other);
    await queues.send(pool, sampleJob());
    for (const other of others) expect(await queues.receive(other, NOW_AND_FOR_LONG)).toEqual([]);
  });

  it('hands out what it cannot read as a message without a job', async () => {
    const { queues, pool, sendForeign } = await ready();
    await sendForeign(pool);
    const messages = await queues.receive(pool, NOW_AND_FOR_LONG);
    expect(messages).toEqual([{ ref: undefined, receipt: expect.any(String) }]);
  });

  it('removes and hides up to ten with one call, each as told, whatever receipts are among them', async () => {
    const { queues, pool } = await ready();
    await queues.sendMany(
      pool,
      Array.from({ length: 10 }, () => sampleJob()),
    );
    const messages = await queues.receive(pool, NOW_AND_FOR_LONG);
    expect(messages).toHaveLength(10);
    const receipts = messages.map(({ receipt }) => receipt);
    const [stays = '', ...shown] = receipts;
    const hidden = [{ receipt: stays, seconds: 60 }, ...shown.map((receipt) => ({ receipt, seconds: 0 }))];
    await queues.hideMany(pool, hidden);
    const again = await queues.receive(pool, NOW_AND_FOR_LONG);
    expect(again.map(({ ref }) => ref?.jobId).toSorted()).toEqual(
      messages
        .slice(1)
        .map(({ ref }) => ref?.jobId)
        .toSorted(),
    );
    const [kept, ...gone] = again.map(({ receipt }) => receipt);
    await queues.deleteMany(pool, ['no receipt at all', ...gone]);
    await queues.hideMany(pool, [
      { receipt: 'no receipt at all', seconds: 5 },
      { receipt: kept ?? '', seconds: 0 },
    ]);
    expect(await queues.receive(pool, NOW_AND_FOR_LONG)).toHaveLength(1);
  });

  it('takes a receipt that is none, or has run out, without complaint', async () => {
    const { queues, pool } = await ready();
    await queues.deleteMany(pool, ['no receipt at all']);
    await queues.hideMany(pool, [{ receipt: 'no receipt at all', seconds: 5 }]);
    await queues.send(pool, sampleJob());
    const [message] = await queues.receive(pool, NOW_AND_FOR_LONG);
    await queues.deleteMany(pool, [message?.receipt ?? '']);
    await queues.deleteMany(pool, [message?.receipt ?? '']);
    await queues.hideMany(pool, [{ receipt: message?.receipt ?? '', seconds: 5 }]);
    expect(await queues.receive(pool, NOW_AND_FOR_LONG)).toEqual([]);
  });

  it('fails as a dependency where there is no queue', async () => {
    const { queues } = makePorts();
    const pool = { accountId: unique('account'), pool: 'missing' };
    await expect(queues.send(pool, { jobId: 'job_1', createdAt: NOW - DAY })).rejects.toThrow(DependencyUnavailable);
    await expect(queues.sendMany(pool, [sampleJob()])).rejects.toThrow(DependencyUnavailable);
    await expect(queues.deleteMany(pool, ['receipt'])).rejects.toThrow(DependencyUnavailable);
    await expect(queues.hideMany(pool, [{ receipt: 'receipt', seconds: 5 }])).rejects.toThrow(DependencyUnavailable);
    await expect(queues.receive(pool, NOW_AND_FOR_LONG)).rejects.toThrow(DependencyUnavailable);
  });
}
