// One identity, one running agent: the newest instance to arrive replaces the one before, which is then refused.
import { describe, expect, it } from 'vitest';
import type { AgentStatement } from '../../../lib/protocol/messages.ts';
import { decideInstance } from '../../../lib/relay/leasing/agent-instance.ts';
import { SeenAgents } from '../../../lib/relay/leasing/seen-agents.ts';
import { jwsFor, leaseOne } from '../../support/relay/evidence-samples.ts';
import { ACCOUNT, NOW, sampleAgentKey } from '../../support/relay/samples.ts';
import { createWorld, type World } from '../../support/relay/world.ts';

const instanceOf = (name: string) => `instance-of-${name.padEnd(8, '-')}`;

/** Returns what an agent says of itself. */
function saying(name: string, overrides: Partial<AgentStatement> = {}): AgentStatement {
  const facts = { version: '0.1.0', platform: 'linux', host: 'desk-4', concurrency: 4, capabilities: [] };
  return { instance: instanceOf(name), ...facts, state: 'running', ...overrides };
}

const pullAs = (world: World, name: string) => world.pull({ want: 1, agent: saying(name) });
const codeOf = async (world: World, name: string) => (await pullAs(world, name)).json as { readonly code?: string };

describe('decideInstance', () => {
  const key = sampleAgentKey({ instance: 'b', replaced: ['a'] });
  it.each([
    ['b', 'current'],
    ['a', 'replaced'],
    ['c', 'new'],
  ] as const)('finds that %s is %s', (instance, state) => expect(decideInstance(key, instance)).toBe(state));
});

describe('a second program with the same identity', () => {
  it('replaces the first, which is refused with agent_identity_in_use', async () => {
    const world = await createWorld();
    expect((await pullAs(world, 'a')).status).toBe(200);
    expect((await pullAs(world, 'b')).status).toBe(200);
    const refused = await pullAs(world, 'a');
    expect(refused).toMatchObject({ status: 409, json: { code: 'agent_identity_in_use', retryable: false } });
    expect(refused.text).toMatch(/Another agent runs with this identity/);
    expect((await pullAs(world, 'b')).status).toBe(200);
    const { accountId, keyId: agentId } = world.agent.key;
    expect(world.events.filter(({ event }) => event === 'agent.replaced')).toEqual([
      { event: 'agent.replaced', accountId, agentId },
    ]);
  });

  it('changes nothing by a pull that is refused: no result, no lease, no presence', async () => {
    const world = await createWorld();
    const leased = await leaseOne(world);
    await pullAs(world, 'a');
    await pullAs(world, 'b');
    const before = [world.ports.jobs.all(), world.ports.presence.presenceWrites()];
    const results = [{ lease: leased.lease, jws: jwsFor(world, leased) }];
    expect((await world.pull({ want: 1, results, agent: saying('a') })).status).toBe(409);
    expect([world.ports.jobs.all(), world.ports.presence.presenceWrites()]).toEqual(before);
  });

  it('is replaced in turn, and the last five that were replaced stay refused', async () => {
    const world = await createWorld();
    const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
    for (const name of names) expect((await pullAs(world, name)).status).toBe(200);
    for (const name of names.slice(1, 6)) expect((await codeOf(world, name)).code).toBe('agent_identity_in_use');
    expect((await pullAs(world, 'g')).status).toBe(200);
    // The oldest is forgotten: it counts as a new start.
    expect((await pullAs(world, 'a')).status).toBe(200);
  });

  it('is found by a process that had kept the row from before, as soon as it reads it again', async () => {
    const world = await createWorld();
    await pullAs(world, 'a');
    const kept = await world.ports.directory.findKey(world.agent.key.keyId);
    await pullAs(world, 'b');
    const { findKey } = world.ports.directory;
    const keeping: typeof findKey = async (keyId, readSince) => (readSince === undefined ? kept : findKey(keyId));
    const ask = world.askProcess({ ...world.ports, directory: { ...world.ports.directory, findKey: keeping } });
    const pull = (name: string) => ask(world.signedByAgent({ want: 1, agent: saying(name) }));
    // This process takes the first for the current one until its row is a minute old. It reads the row again for others.
    expect((await pull('a')).status).toBe(200);
    expect((await pull('b')).status).toBe(200);
    expect((await pull('c')).status).toBe(200);
    expect(await findKey(world.agent.key.keyId)).toMatchObject({
      instance: instanceOf('c'),
      replaced: [instanceOf('b'), instanceOf('a')],
    });
  });

  it('that arrives at the same time is ordered by the write: one of the two is replaced', async () => {
    const world = await createWorld();
    await pullAs(world, 'a');
    const answers = await Promise.all([pullAs(world, 'b'), pullAs(world, 'c')]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    const again = await Promise.all([codeOf(world, 'b'), codeOf(world, 'c')]);
    expect(again.filter(({ code }) => code === 'agent_identity_in_use')).toHaveLength(1);
  });
});

it('an agent that names no instance is not checked, as older agents name none', async () => {
  const world = await createWorld();
  await pullAs(world, 'a');
  expect((await world.pull({ want: 1 })).status).toBe(200);
});

describe('what an agent says of itself', () => {
  it('is stored with its presence, and written again only when it changes or after ten minutes', async () => {
    const world = await createWorld();
    const { presence } = world.ports;
    const agent = saying('a');
    let { pace } = (await world.pull({ agent })).json;
    expect(await presence.list(ACCOUNT.accountId)).toMatchObject([{ lastSeenAt: NOW, says: agent }]);
    for (let minute = 1; minute < 10; minute += 1) {
      world.passSeconds(60);
      ({ pace } = (await world.pull({ agent, pace })).json);
    }
    expect(presence.presenceWrites()).toBe(1);
    const changed = { ...agent, state: 'stopping' };
    ({ pace } = (await world.pull({ agent: changed, pace })).json);
    await world.pull({ agent: changed, pace });
    expect(presence.presenceWrites()).toBe(2);
    expect(await presence.list(ACCOUNT.accountId)).toMatchObject([{ says: changed }]);
  });

  it('is not written again by another process, because the pace carries a digest of it', async () => {
    const world = await createWorld();
    const agent = saying('a');
    const { pace } = (await world.pull({ agent })).json;
    world.ports.seenAgents = new SeenAgents();
    await world.pull({ agent, pace });
    expect(world.ports.presence.presenceWrites()).toBe(1);
  });

  it('is written at most once a minute, however often it changes', async () => {
    const world = await createWorld();
    let pace: string | undefined;
    for (let second = 0; second < 120; second += 5) {
      const agent = saying('a', { note: `note ${second}` });
      ({ pace } = (await world.pull({ agent, ...(pace && { pace }) })).json);
      world.passSeconds(5);
    }
    expect(world.ports.presence.presenceWrites()).toBe(2);
  });

  it.each<Partial<AgentStatement>>([
    { instance: 'short' },
    { instance: 'has spaces in it, and more' },
    { concurrency: 0 },
    { concurrency: 51 },
    { host: '' },
    { note: 'n'.repeat(256) },
    { capabilities: Array.from({ length: 33 }, () => 'x') },
  ])('is refused as %o', async (overrides) => {
    const world = await createWorld();
    const { status, json } = await world.pull({ agent: saying('a', overrides) });
    expect([status, json]).toMatchObject([422, { code: 'validation_failed' }]);
  });
});
