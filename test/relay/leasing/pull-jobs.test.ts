// The pull endpoint: leases out, leases kept and given back, and messages that lead nowhere.

import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../lib/api/limits.ts';
import type { LeasedJob } from '../../../lib/protocol/messages.ts';
import { SeenAgents } from '../../../lib/relay/leasing/seen-agents.ts';
import { DependencyUnavailable } from '../../../lib/relay/model/ports.ts';
import { TUNING } from '../../../lib/relay/model/tuning.ts';
import { leaseOne } from '../../support/relay/evidence-samples.ts';
import { ACCOUNT, DAY, MINUTE, NOW, SECOND } from '../../support/relay/samples.ts';
import { createWorld, sampleSubmission, type World } from '../../support/relay/world.ts';

/** The seconds for which a leased job's message is out of sight. */
const HIDDEN = LIMITS.leaseSeconds + TUNING.visibilityMarginSeconds;

const hidden = (world: World) => world.ports.queues.hiddenSeconds(world.pool);

async function submitted(world: World, count = 1): Promise<string[]> {
  const ids: string[] = [];
  for (let made = 0; made < count; made += 1) ids.push((await world.submit(sampleSubmission())).json.jobId);
  return ids;
}

describe('leasing', () => {
  it('hands out a job with its lease', async () => {
    const world = await createWorld();
    const [jobId] = await submitted(world);
    const { json } = await world.pull({ want: 1 });
    expect(json).toMatchObject({
      accepted: [],
      rejected: [],
      renewed: [],
      nextPollSeconds: 0,
      serverTime: '2026-11-22T12:00:00.250Z',
      jobs: [
        {
          lease: {
            jobId,
            createdAt: '2026-11-22T12:00:00.250Z',
            fence: 1,
            leaseUntil: '2026-11-22T12:02:00.250Z',
            receipt: expect.any(String),
          },
          job: { jobId, state: 'leased', attempts: 1, trackingUrl: expect.any(String) },
        },
      ],
    });
    expect(hidden(world)).toEqual([HIDDEN]);
  });

  it('hands out no more than is wanted, and nothing when nothing is', async () => {
    const world = await createWorld();
    await submitted(world, 5);
    expect((await world.pull({ want: 0 })).json.jobs).toEqual([]);
    expect((await world.pull({ want: 3 })).json.jobs).toHaveLength(3);
    expect((await world.pull({ want: 10 })).json.jobs).toHaveLength(2);
  });

  it('hands a job to one of two agents', async () => {
    const world = await createWorld();
    await submitted(world);
    const other = await world.makeAgent(2);
    expect((await world.pull({ want: 1 })).json.jobs).toHaveLength(1);
    expect((await world.pull({ want: 1 }, other)).json.jobs).toEqual([]);
  });

  it('hands out only what waits in the agent’s own pool', async () => {
    const world = await createWorld();
    await world.submit(sampleSubmission({ pool: 'second' }));
    const other = await world.makeAgent(2, { pool: 'second' });
    expect((await world.pull({ want: 1 })).json.jobs).toEqual([]);
    expect((await world.pull({ want: 1 }, other)).json.jobs).toHaveLength(1);
  });

  it('hands it out again when the lease has run out, under the next fence', async () => {
    const world = await createWorld();
    await leaseOne(world);
    world.passSeconds(HIDDEN);
    expect((await world.pull({ want: 1 })).json.jobs).toMatchObject([{ lease: { fence: 2 }, job: { attempts: 2 } }]);
  });
});

describe('messages that come with trouble', () => {
  it('lead to one lease when two point at the same job', async () => {
    const world = await createWorld();
    const [jobId = ''] = await submitted(world);
    await world.ports.queues.send(world.pool, { jobId, createdAt: NOW });
    const jobs: LeasedJob[] = (await world.pull({ want: 10 })).json.jobs;
    expect(jobs.map(({ lease }) => lease.fence)).toEqual([1]);
  });

  it('do not keep what was leased beside them from the agent', async () => {
    const world = await createWorld();
    const [lost = '', kept] = await submitted(world, 2);
    const { lease } = world.ports.jobs;
    world.ports.jobs = {
      ...world.ports.jobs,
      async lease(ref, input) {
        if (ref.jobId === lost) throw new DependencyUnavailable('DynamoDB', { cause: new Error('timeout') });
        return lease(ref, input);
      },
    };
    const jobs: LeasedJob[] = (await world.pull({ want: 10 })).json.jobs;
    expect(jobs.map(({ lease: { jobId } }) => jobId)).toEqual([kept]);
    expect(world.namesOfEvents()).toContain('dependency.failed');
  });

  it('are leased all the same when the answer of the write was lost and the SDK tried it again', async () => {
    const world = await createWorld();
    await submitted(world);
    const { lease } = world.ports.jobs;
    world.ports.jobs = {
      ...world.ports.jobs,
      async lease(ref, input) {
        await lease(ref, input);
        return lease(ref, input);
      },
    };
    const jobs: LeasedJob[] = (await world.pull({ want: 1 })).json.jobs;
    expect(jobs.map((job) => job.lease.fence)).toEqual([1]);
  });
});

describe('messages that lead nowhere', () => {
  const why = (world: World) => world.events.flatMap((event) => (event.event === 'pointer.dropped' ? [event.why] : []));

  it('are dropped when nobody can read them', async () => {
    const world = await createWorld();
    world.ports.queues.sendForeign(world.pool);
    expect((await world.pull({ want: 1 })).json.jobs).toEqual([]);
    expect(hidden(world)).toEqual([]);
    expect(why(world)).toEqual(['malformed']);
  });

  it('are dropped when their job is unknown, or another incarnation', async () => {
    const world = await createWorld();
    const [jobId = ''] = await submitted(world);
    await world.ports.queues.send(world.pool, { jobId: 'job_none', createdAt: NOW });
    await world.ports.queues.send(world.pool, { jobId, createdAt: NOW - 31 * DAY });
    expect((await world.pull({ want: 10 })).json.jobs).toHaveLength(1);
    expect(hidden(world)).toEqual([HIDDEN]);
    expect(why(world)).toEqual(['unknown', 'unknown']);
  });

  it.each(['completed', 'failed', 'expired', 'canceled'] as const)(
    'are dropped when their job is %s',
    async (state) => {
      const world = await createWorld();
      const [jobId = ''] = await submitted(world);
      const job = await world.ports.jobs.find(jobId);
      if (job) await world.ports.jobs.end(job, { state: state as 'failed', reason: 'because', nowMs: NOW });
      expect((await world.pull({ want: 1 })).json.jobs).toEqual([]);
      expect(hidden(world)).toEqual([]);
      expect(why(world)).toEqual(['ended']);
    },
  );

  it('are hidden until a live lease ends', async () => {
    const world = await createWorld();
    const { lease } = await leaseOne(world);
    world.passSeconds(60);
    await world.ports.queues.send(world.pool, { jobId: lease.jobId, createdAt: NOW });
    const before = await world.ports.jobs.find(lease.jobId);
    expect((await world.pull({ want: 1 })).json.jobs).toEqual([]);
    expect(hidden(world)).toEqual([HIDDEN - 60, 61]);
    expect(await world.ports.jobs.find(lease.jobId)).toEqual(before);
  });

  it('end a job whose attempts are used up', async () => {
    const world = await createWorld();
    const [jobId = ''] = await submitted(world);
    for (let attempt = 1; attempt <= LIMITS.attempts; attempt += 1) {
      expect((await world.pull({ want: 1 })).json.jobs).toMatchObject([{ job: { attempts: attempt } }]);
      world.passSeconds(HIDDEN);
    }
    expect((await world.pull({ want: 1 })).json.jobs).toEqual([]);
    const { dueAt, ...job } = (await world.ports.jobs.find(jobId)) ?? {};
    expect([dueAt, job]).toMatchObject([undefined, { state: 'failed', endReason: 'attempts_exhausted' }]);
    expect(hidden(world)).toEqual([]);
    expect(why(world)).toEqual(['fail']);
  });

  it('stay when their job changed before it could be ended: an agent gave its last attempt back', async () => {
    const world = await createWorld();
    await submitted(world);
    for (let attempt = 1; attempt < LIMITS.attempts; attempt += 1) {
      await world.pull({ want: 1 });
      world.passSeconds(HIDDEN);
    }
    const [last] = (await world.pull({ want: 1 })).json.jobs;
    world.passSeconds(HIDDEN);
    const { jobs } = world.ports;
    world.ports.jobs = {
      ...jobs,
      async end(job, end) {
        world.ports.jobs = jobs;
        if (last) await world.pull({ release: [last.lease] });
        return jobs.end(job, end);
      },
    };
    expect((await world.pull({ want: 1 })).json.jobs).toEqual([]);
    expect((await world.pull({ want: 1 })).json.jobs).toMatchObject([{ job: { attempts: LIMITS.attempts } }]);
  });

  it('are hidden when their job is past its deadline, for the sweep to end it', async () => {
    const world = await createWorld();
    const [jobId = ''] = await submitted(world);
    world.passSeconds(LIMITS.jobDeadlineSeconds);
    expect((await world.pull({ want: 1 })).json.jobs).toEqual([]);
    expect((await world.ports.jobs.find(jobId))?.state).toBe('queued');
    expect(hidden(world)).toEqual([LIMITS.leaseSeconds]);
  });
});

describe('the one-time value', () => {
  it('is claimed only when there is work to hand out', async () => {
    const world = await createWorld();
    const spent = () => world.ports.oneTimeValues.count();
    await world.pull({ want: 1 });
    expect(spent()).toBe(0);
    await submitted(world);
    const before = spent();
    await world.pull({ want: 0 });
    expect(spent()).toBe(before);
    await world.pull({ want: 1 });
    expect(spent()).toBe(before + 1);
  });

  it('of an idle poll may be sent again, and leases nothing twice', async () => {
    const world = await createWorld();
    const request = world.signedByAgent({ want: 1 });
    expect((await world.ask(request)).status).toBe(200);
    await submitted(world);
    expect((await world.ask(request)).json.jobs).toHaveLength(1);
    world.passSeconds(LIMITS.leaseSeconds);
    await submitted(world);
    expect((await world.ask(request)).json).toMatchObject({ code: 'nonce_replayed', retryable: true });
  });

  it('seen before gives the messages back at once', async () => {
    const world = await createWorld();
    await submitted(world);
    const request = world.signedByAgent({ want: 10 });
    await world.ask(request);
    await submitted(world, 2);
    await world.ask(request);
    expect(hidden(world)).toEqual([HIDDEN, 0, 0]);
    expect((await world.pull({ want: 10 })).json.jobs).toHaveLength(2);
  });
});

describe('renewal', () => {
  it('gives the lease with its new end, and keeps the message out of sight as long', async () => {
    const world = await createWorld();
    const { lease } = await leaseOne(world);
    world.passSeconds(90);
    const { renewed } = (await world.pull({ renew: [lease] })).json;
    expect(renewed).toEqual([{ ...lease, leaseUntil: new Date(NOW + 210 * SECOND).toISOString() }]);
    expect(hidden(world)).toEqual([HIDDEN]);
  });

  it('ends after 30 minutes', async () => {
    const world = await createWorld();
    const { lease } = await leaseOne(world);
    world.time.nowMs = NOW + 30 * MINUTE;
    expect((await world.pull({ renew: [lease] })).json.renewed).toHaveLength(1);
    world.time.nowMs += 1;
    expect((await world.pull({ renew: [lease] })).json.renewed).toEqual([]);
  });

  it('ends at the deadline', async () => {
    const world = await createWorld();
    await world.putAccount({ ...ACCOUNT, jobDeadlineSeconds: 60 });
    const { lease } = await leaseOne(world);
    world.passSeconds(60);
    expect((await world.pull({ renew: [lease] })).json.renewed).toEqual([]);
  });

  it('is refused without a word about the job: another agent, another fence, a job that never was', async () => {
    const world = await createWorld();
    const { lease } = await leaseOne(world);
    const other = await world.makeAgent(2);
    const before = await world.ports.jobs.find(lease.jobId);
    expect((await world.pull({ renew: [lease] }, other)).json.renewed).toEqual([]);
    const wrong = [
      { ...lease, fence: 2 },
      { ...lease, jobId: `job_${'a'.repeat(52)}` },
      { ...lease, createdAt: '2020-01-01T00:00:00Z' },
    ];
    expect((await world.pull({ renew: wrong })).json.renewed).toEqual([]);
    expect(await world.ports.jobs.find(lease.jobId)).toEqual(before);
  });

  it('is how an agent learns that its job was canceled', async () => {
    const world = await createWorld();
    const { lease } = await leaseOne(world);
    const job = await world.ports.jobs.find(lease.jobId);
    if (job) await world.ports.jobs.end(job, { state: 'canceled', reason: 'asked', nowMs: NOW });
    expect((await world.pull({ renew: [lease] })).json.renewed).toEqual([]);
  });
});

describe('release', () => {
  it('gives the job to the next at once, and is no attempt', async () => {
    const world = await createWorld();
    const { lease } = await leaseOne(world);
    const other = await world.makeAgent(2);
    await world.pull({ release: [lease] });
    expect(hidden(world)).toEqual([0]);
    expect((await world.pull({ want: 1 }, other)).json.jobs).toMatchObject([
      { lease: { fence: 2 }, job: { attempts: 1 } },
    ]);
  });

  it('comes before the receive: what an agent gives back it can be handed again', async () => {
    const world = await createWorld();
    const { lease } = await leaseOne(world);
    expect((await world.pull({ release: [lease], want: 1 })).json.jobs).toMatchObject([{ lease: { fence: 2 } }]);
  });

  it('of a lease that is lost does nothing, to the job or to its message', async () => {
    const world = await createWorld();
    const { lease } = await leaseOne(world);
    const other = await world.makeAgent(2);
    await world.pull({ release: [lease] }, other);
    await world.pull({ release: [{ ...lease, fence: 7 }] });
    expect(hidden(world)).toEqual([HIDDEN]);
    expect((await world.ports.jobs.find(lease.jobId))?.state).toBe('leased');
  });
});

it('reads no key ring in an idle hour: an agent’s key is in its row', async () => {
  const world = await createWorld();
  let reads = 0;
  const { read } = world.ports.inboundRing;
  world.ports.inboundRing = {
    ...world.ports.inboundRing,
    read: (atLeast) => {
      reads += 1;
      return read(atLeast);
    },
  };
  for (let minute = 0; minute < 60; minute += 1) {
    expect((await world.pull({ want: 1 })).status).toBe(200);
    world.passSeconds(60);
  }
  expect(reads).toBe(0);
  await world.get('/api/quota');
  expect(reads).toBe(1);
});

describe('presence', () => {
  it('is written at most every five minutes, however often the agent polls', async () => {
    const world = await createWorld();
    let pace: string | undefined;
    for (let seconds = 0; seconds < 600; seconds += 30) {
      pace = (await world.pull({ want: 1, ...(pace && { pace }) })).json.pace;
      world.passSeconds(30);
    }
    expect(world.ports.presence.presenceWrites()).toBe(2);
  });

  it('is written at once for an agent that just arrived', async () => {
    const world = await createWorld();
    await world.pull();
    const agents = await world.ports.presence.list(ACCOUNT.accountId);
    expect(agents).toMatchObject([{ agentId: world.agent.key.keyId, lastSeenAt: NOW, pool: 'default' }]);
  });

  it('is written no more often for an agent that brings a pace that is not ours, or none, and no less', async () => {
    const world = await createWorld();
    const paces = ['hello', '1.0000000000.0000000000', '1.9999999999.9999999999', undefined];
    for (let seconds = 0; seconds < 600; seconds += 10) {
      const pace = paces[(seconds / 10) % paces.length];
      await world.pull({ ...(pace && { pace }) });
      world.passSeconds(10);
    }
    expect(world.ports.presence.presenceWrites()).toBe(2);
    const [agent] = await world.ports.presence.list(ACCOUNT.accountId);
    expect(agent?.lastSeenAt).toBe(NOW + 5 * MINUTE);
  });

  it('is written by a process that has not seen the agent, when the agent does not say that another has', async () => {
    const world = await createWorld();
    const { pace } = (await world.pull()).json;
    world.ports.seenAgents = new SeenAgents();
    await world.pull({ pace });
    expect(world.ports.presence.presenceWrites()).toBe(1);
    await world.pull();
    expect(world.ports.presence.presenceWrites()).toBe(2);
  });

  it('that could not be written is written at the next poll', async () => {
    const world = await createWorld();
    const { presence } = world.ports;
    world.ports.presence = {
      ...presence,
      recordSeen: () => Promise.reject(new DependencyUnavailable('DynamoDB', { cause: 0 })),
    };
    expect((await world.pull()).status).toBe(503);
    world.ports.presence = presence;
    await world.pull();
    expect(presence.presenceWrites()).toBe(1);
  });
});

describe('coming back', () => {
  it('is ever later while nothing happens, and at once when there was work', async () => {
    const world = await createWorld();
    let pace: string | undefined;
    const poll = async () => {
      const { json } = await world.pull({ want: 1, waitSeconds: 20, ...(pace && { pace }) });
      pace = json.pace;
      return json.nextPollSeconds;
    };
    const pollAfter = async (seconds: number) => {
      world.passSeconds(seconds);
      return poll();
    };
    expect([await poll(), await pollAfter(59), await pollAfter(1), await pollAfter(120)]).toEqual([0, 0, 5, 15]);
    expect([await pollAfter(420), await pollAfter(1_200)]).toEqual([30, 60]);
    await submitted(world);
    expect(await poll()).toBe(0);
    expect(await pollAfter(59)).toBe(0);
  });

  it('is at once after a result was brought', async () => {
    const world = await createWorld();
    const { lease } = await leaseOne(world);
    const { pace } = (await world.pull()).json;
    world.passSeconds(1_000);
    const { json } = await world.pull({ pace, results: [{ lease, jws: 'a.b.c' }] });
    expect(json.nextPollSeconds).toBe(0);
  });

  it('waits in the queue as long as requested only while there was work a minute ago, and else looks twice', async () => {
    const world = await createWorld();
    const waits: number[] = [];
    const { receive } = world.ports.queues;
    world.ports.queues = {
      ...world.ports.queues,
      receive: async (pool, options) => {
        waits.push(options.waitSeconds);
        return receive(pool, options);
      },
    };
    const { pace } = (await world.pull({ want: 1, waitSeconds: 20 })).json;
    world.passSeconds(60);
    await world.pull({ want: 1, waitSeconds: 20, pace });
    expect(waits).toEqual([20, 0, 0]);
  });
});

it('works by the time at which a long poll ended, not at which it began', async () => {
  const world = await createWorld();
  await submitted(world);
  const { receive } = world.ports.queues;
  world.ports.queues = {
    ...world.ports.queues,
    receive: async (pool, options) => {
      world.passSeconds(20);
      return receive(pool, options);
    },
  };
  const { json } = await world.pull({ want: 1, waitSeconds: 20 });
  expect(json.jobs).toMatchObject([{ lease: { leaseUntil: new Date(NOW + 140 * SECOND).toISOString() } }]);
  expect(json.serverTime).toBe(new Date(NOW + 20 * SECOND).toISOString());
});
