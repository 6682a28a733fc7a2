// The pull endpoint: when it claims its one-time value, writes presence, and lets the agent poll again.

import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../lib/api/limits.ts';
import { SeenAgents } from '../../../lib/relay/leasing/seen-agents.ts';
import { DependencyUnavailable } from '../../../lib/relay/model/ports.ts';
import { TUNING } from '../../../lib/relay/model/tuning.ts';
import { leaseOne } from '../../support/relay/evidence-samples.ts';
import { ACCOUNT, MINUTE, NOW, SECOND } from '../../support/relay/samples.ts';
import { createWorld, sampleSubmission, type World } from '../../support/relay/world.ts';

/** The seconds for which the message of a leased job is hidden. */
const HIDDEN = LIMITS.leaseSeconds + TUNING.visibilityMarginSeconds;

const hidden = (world: World) => world.ports.queues.hiddenSeconds(world.pool);

async function submitted(world: World, count = 1): Promise<string[]> {
  const ids: string[] = [];
  for (let sent = 0; sent < count; sent += 1) ids.push((await world.submit(sampleSubmission())).json.jobId);
  return ids;
}

describe('the one-time value', () => {
  it('is claimed only when there are jobs to hand out', async () => {
    const world = await createWorld();
    const claimed = () => world.ports.oneTimeValues.count();
    await world.pull({ want: 1 });
    expect(claimed()).toBe(0);
    await submitted(world);
    const before = claimed();
    await world.pull({ want: 0 });
    expect(claimed()).toBe(before);
    await world.pull({ want: 1 });
    expect(claimed()).toBe(before + 1);
  });

  it('may be used again after an idle poll, until it has leased a job', async () => {
    const world = await createWorld();
    const request = world.signedByAgent({ want: 1 });
    expect((await world.ask(request)).status).toBe(200);
    await submitted(world);
    expect((await world.ask(request)).json.jobs).toHaveLength(1);
    world.passSeconds(LIMITS.leaseSeconds);
    await submitted(world);
    expect((await world.ask(request)).json).toMatchObject({ code: 'nonce_replayed', retryable: true });
  });

  it('makes the received messages visible again at once when it was claimed before', async () => {
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

it('an idle agent causes no read of the key ring, because its key is in its row', async () => {
  const world = await createWorld();
  let reads = 0;
  const { read } = world.ports.inboundRing;
  world.ports.inboundRing = {
    ...world.ports.inboundRing,
    read: (minMaster) => {
      reads += 1;
      return read(minMaster);
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
  it('is written at most every ten minutes, even if the agent polls more often', async () => {
    const world = await createWorld();
    let pace: string | undefined;
    for (let seconds = 0; seconds < 1_200; seconds += 30) {
      pace = (await world.pull({ want: 1, ...(pace && { pace }) })).json.pace;
      world.passSeconds(30);
    }
    expect(world.ports.presence.presenceWrites()).toBe(2);
  });

  it('is written at once for a new agent', async () => {
    const world = await createWorld();
    await world.pull();
    const agents = await world.ports.presence.list(ACCOUNT.accountId);
    expect(agents).toMatchObject([{ agentId: world.agent.key.keyId, lastSeenAt: NOW, pool: 'default' }]);
  });

  it('is written exactly as often for an agent that sends a false pace or none', async () => {
    const world = await createWorld();
    const paces = ['hello', '1.0000000000.0000000000', '1.9999999999.9999999999', undefined];
    for (let seconds = 0; seconds < 1_200; seconds += 10) {
      const pace = paces[(seconds / 10) % paces.length];
      await world.pull({ ...(pace && { pace }) });
      world.passSeconds(10);
    }
    expect(world.ports.presence.presenceWrites()).toBe(2);
    const [agent] = await world.ports.presence.list(ACCOUNT.accountId);
    expect(agent?.lastSeenAt).toBe(NOW + 10 * MINUTE);
  });

  it('is written by a process that has not seen the agent, unless the pace says that another process wrote it', async () => {
    const world = await createWorld();
    const { pace } = (await world.pull()).json;
    world.ports.seenAgents = new SeenAgents();
    await world.pull({ pace });
    expect(world.ports.presence.presenceWrites()).toBe(1);
    await world.pull();
    expect(world.ports.presence.presenceWrites()).toBe(2);
  });

  it('is written at the next poll after a failed write', async () => {
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

describe('the next poll', () => {
  it('is due after longer and longer intervals while there is no work, and at once after work', async () => {
    const world = await createWorld();
    let pace: string | undefined;
    const poll = async () => {
      const { json } = await world.pull({ want: 1, ...(pace && { pace }) });
      pace = json.pace;
      return json.nextPollSeconds;
    };
    const pollAfter = async (seconds: number) => {
      world.passSeconds(seconds);
      return poll();
    };
    expect([await poll(), await pollAfter(10), await pollAfter(50), await pollAfter(120)]).toEqual([1, 2, 5, 15]);
    expect([await pollAfter(420), await pollAfter(1_200)]).toEqual([30, 60]);
    await submitted(world);
    expect(await poll()).toBe(0);
    expect(await pollAfter(9)).toBe(1);
  });

  it('is due at once after a result', async () => {
    const world = await createWorld();
    const { lease } = await leaseOne(world);
    const { pace } = (await world.pull()).json;
    world.passSeconds(1_000);
    const { json } = await world.pull({ pace, results: [{ lease, jws: 'a.b.c' }] });
    expect(json.nextPollSeconds).toBe(0);
  });

  it.each([undefined, 0, 8, 20])(
    'receives once and never waits, even if the agent asks to wait for %s s',
    async (waitSeconds) => {
      const world = await createWorld();
      const received: unknown[] = [];
      const { receive } = world.ports.queues;
      world.ports.queues = {
        ...world.ports.queues,
        receive: async (pool, options) => {
          received.push(options);
          return receive(pool, options);
        },
      };
      const { status, json } = await world.pull({ want: 1, ...(waitSeconds !== undefined && { waitSeconds }) });
      expect([status, json.nextPollSeconds]).toEqual([200, 1]);
      expect(received).toEqual([{ limit: 1, visibilitySeconds: HIDDEN }]);
    },
  );
});

it('a lease begins when the messages were received, not when the pull began', async () => {
  const world = await createWorld();
  await submitted(world);
  const { receive } = world.ports.queues;
  world.ports.queues = {
    ...world.ports.queues,
    receive: async (pool, options) => {
      world.passSeconds(2);
      return receive(pool, options);
    },
  };
  const { json } = await world.pull({ want: 1 });
  expect(json.jobs).toMatchObject([{ lease: { leaseUntil: new Date(NOW + 122 * SECOND).toISOString() } }]);
  expect(json.serverTime).toBe(new Date(NOW + 2 * SECOND).toISOString());
});
