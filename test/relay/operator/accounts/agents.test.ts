// Operators' commands on agents: enrolment tokens, pausing and revoking, and what agents of a suspended account may do.

import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../../lib/api/limits.ts';
import type { EnrollmentGrant } from '../../../../lib/relay/model/records.ts';
import { TUNING } from '../../../../lib/relay/model/tuning.ts';
import {
  createEnrollmentToken,
  listAgents,
  pauseAgent,
  resumeAgent,
  revokeAgent,
} from '../../../../lib/relay/operator/accounts/agents.ts';
import { enrollWith } from '../../../support/relay/enrolling.ts';
import { jwsFor, leaseOne } from '../../../support/relay/evidence-samples.ts';
import { granted, refusalOf } from '../../../support/relay/outcomes.ts';
import { ACCOUNT, HOUR, NOW, SECOND, sampleAccount } from '../../../support/relay/samples.ts';
import { createWorld, sampleSubmission } from '../../../support/relay/world.ts';

const { accountId } = ACCOUNT;
const RELAY = { relayUrl: 'https://relay.example' };

async function ready() {
  const world = await createWorld();
  const { keyId: agentId } = world.agent.key;
  return { world, ports: world.ports, agentId };
}

describe('an enrolment token', () => {
  async function readyToIssue() {
    const { world, ports } = await ready();
    const grants: EnrollmentGrant[] = [];
    const registry = { ...ports.registry, putGrant: async (grant: EnrollmentGrant) => void grants.push(grant) };
    const issue = (input: Partial<Parameters<typeof createEnrollmentToken>[1]>) =>
      createEnrollmentToken({ ...ports, registry }, { accountId, ...RELAY, ...input });
    return { world, grants, issue };
  }

  it('is for the default pool or a named one, expires after ten minutes, and is stored only as a hash', async () => {
    const { grants, issue } = await readyToIssue();
    const { token, ...facts } = granted(await issue({ labels: ['berlin', 'desk-4.2'] }));
    const expiresAt = NOW + LIMITS.enrollmentTokenSeconds * SECOND;
    expect(facts).toEqual({ expiresAt, pool: 'default' });
    const tokenSha256 = expect.stringMatching(/^[0-9a-f]{64}$/);
    const labels = ['berlin', 'desk-4.2'];
    expect(grants).toEqual([{ tokenSha256, accountId, pool: 'default', labels, expiresAt }]);
    expect(token.reveal()).toMatch(/^set_/);
    expect(JSON.stringify(grants)).not.toContain(token.reveal().slice(10, 30));
    expect(granted(await issue({ pool: 'second' })).pool).toBe('second');
    expect(grants[1]).toMatchObject({ pool: 'second', labels: [] });
  });

  it.each([
    ['pool_unknown', { pool: 'third' }],
    ['account_unknown', { accountId: 'nobody' }],
    ['invalid', { labels: ['a label'] }],
    ['invalid', { labels: Array.from({ length: 11 }, (_, index) => `l${index}`) }],
  ] as const)('is refused with %s for %j', async (code, input) => {
    const { grants, issue } = await readyToIssue();
    expect([refusalOf(await issue(input)), grants]).toEqual([code, []]);
  });

  it.each([
    ['suspended', 'account_suspended'],
    ['deleting', 'account_deleting'],
  ] as const)('is refused for an account that is %s', async (state, code) => {
    const { world, grants, issue } = await readyToIssue();
    await world.putAccount({ ...ACCOUNT, state });
    expect([refusalOf(await issue({})), grants]).toEqual([code, []]);
  });
});

it('lists agents by pool and age, and says which are online', async () => {
  const { world, ports, agentId } = await ready();
  await ports.presence.recordSeen(world.agent.key, NOW);
  world.passSeconds(60);
  const late = await world.makeAgent(2, { pool: 'default' });
  const other = await world.makeAgent(3, { pool: 'another' });
  await ports.presence.recordSeen(late.key, world.time.nowMs);
  await revokeAgent(ports, accountId, late.key.keyId);
  const listed = granted(await listAgents(ports, accountId));
  expect(listed.map((agent) => [agent.agentId, agent.pool, agent.state, agent.isOnline])).toEqual([
    [other.key.keyId, 'another', 'active', false],
    [agentId, 'default', 'active', true],
    [late.key.keyId, 'default', 'revoked', false],
  ]);
  world.time.nowMs += HOUR;
  expect(granted(await listAgents(ports, accountId)).some(({ isOnline }) => isOnline)).toBe(false);
  expect(refusalOf(await listAgents(ports, 'nobody'))).toBe('account_unknown');
});

type Ready = Awaited<ReturnType<typeof ready>>;

/** The ways in which an operator stops an agent from getting new jobs. */
const STOPS: readonly (readonly [string, (setup: Ready) => Promise<unknown>])[] = [
  ['a paused agent', ({ ports, agentId }) => pauseAgent(ports, accountId, agentId)],
  ['an agent of a suspended account', ({ world }) => world.putAccount({ ...ACCOUNT, state: 'suspended' })],
];

describe.each(STOPS)('%s', (_who, stop) => {
  it('gets no new jobs, and the longest poll interval', async () => {
    const own = await ready();
    await own.world.submit(sampleSubmission());
    await stop(own);
    const { status, json } = await own.world.pull({ want: 5 });
    expect([status, json.jobs, json.nextPollSeconds]).toEqual([200, [], 60]);
    expect(own.ports.queues.hiddenSeconds(own.world.pool)).toEqual([0]);
  });

  it('keeps its lease, and its result is accepted', async () => {
    const own = await ready();
    const leased = await leaseOne(own.world);
    await stop(own);
    own.world.passSeconds(60);
    expect((await own.world.pull({ renew: [leased.lease] })).json.renewed).toHaveLength(1);
    const results = [{ lease: leased.lease, jws: jwsFor(own.world, leased) }];
    const { json } = await own.world.pull({ results, want: 5 });
    expect([json.accepted, json.rejected, json.jobs]).toEqual([[leased.lease.jobId], [], []]);
    expect(await own.ports.jobs.find(leased.lease.jobId)).toMatchObject({ state: 'completed' });
  });

  it('may release its lease', async () => {
    const own = await ready();
    const leased = await leaseOne(own.world);
    await stop(own);
    await own.world.pull({ release: [leased.lease] });
    expect(await own.ports.jobs.find(leased.lease.jobId)).toMatchObject({ state: 'queued', attempts: 0 });
  });

  it('still updates its presence', async () => {
    const own = await ready();
    await stop(own);
    own.world.passSeconds(600);
    await own.world.pull({ want: 1 });
    const [agent] = await own.ports.presence.list(accountId);
    expect(agent?.lastSeenAt).toBe(own.world.time.nowMs);
  });
});

it('gives a resumed agent new jobs', async () => {
  const { world, ports, agentId } = await ready();
  await world.submit(sampleSubmission());
  granted(await pauseAgent(ports, accountId, agentId));
  expect(granted(await resumeAgent(ports, accountId, agentId))).toMatchObject({ agentId, state: 'active' });
  expect((await world.pull({ want: 1 })).json.jobs).toHaveLength(1);
});

describe('a revoked agent', () => {
  it('is refused like an unknown key, and another agent gets its job', async () => {
    const { world, ports, agentId } = await ready();
    const leased = await leaseOne(world);
    expect(granted(await revokeAgent(ports, accountId, agentId))).toMatchObject({ agentId, state: 'revoked' });
    const results = [{ lease: leased.lease, jws: jwsFor(world, leased) }];
    const refused = await world.pull({ results });
    const stranger = { ...world.agent, key: { ...world.agent.key, keyId: 'agt_nobody' } };
    const unknown = await world.pull({ results }, stranger);
    const comparable = ({ requestId: _, saw: __, ...json }: Record<string, unknown>) => json;
    expect([refused.status, comparable(refused.json as never)]).toEqual([
      unknown.status,
      comparable(unknown.json as never),
    ]);
    expect(await ports.jobs.find(leased.lease.jobId)).toMatchObject({ state: 'leased' });
    world.passSeconds(LIMITS.leaseSeconds + TUNING.visibilityMarginSeconds + 1);
    const other = await world.makeAgent(2);
    expect((await world.pull({ want: 1 }, other)).json.jobs).toHaveLength(1);
  });

  it('keeps its public key for checks of its evidence, and keeps the time of the first revocation', async () => {
    const { world, ports, agentId } = await ready();
    await revokeAgent(ports, accountId, agentId);
    world.passSeconds(60);
    granted(await revokeAgent(ports, accountId, agentId));
    expect(await ports.directory.findKey(agentId)).toEqual({ ...world.agent.key, revokedAt: NOW });
  });

  it('cannot enrol again with the same key, even with a new token', async () => {
    const { world, ports } = await ready();
    const enrolled = await enrollWith(world, 2);
    expect(granted(await revokeAgent(ports, accountId, enrolled.json.agentId)).state).toBe('revoked');
    expect(await enrollWith(world, 2)).toMatchObject({ status: 409, json: { code: 'agent_identity_in_use' } });
    expect((await enrollWith(world, 3)).status).toBe(200);
    expect((await ports.directory.findKey(enrolled.json.agentId))?.revokedAt).toBe(NOW);
  });

  it('cannot be paused or resumed', async () => {
    const { ports, agentId } = await ready();
    await revokeAgent(ports, accountId, agentId);
    for (const change of [pauseAgent, resumeAgent])
      expect(refusalOf(await change(ports, accountId, agentId))).toBe('agent_revoked');
  });
});

it.each([
  ['pauseAgent', pauseAgent],
  ['resumeAgent', resumeAgent],
  ['revokeAgent', revokeAgent],
])('%s refuses an agent of another account', async (_name, change) => {
  const { world, ports, agentId } = await ready();
  const other = sampleAccount();
  const deleting = sampleAccount({ state: 'deleting' });
  for (const account of [other, deleting]) await world.putAccount(account);
  expect(refusalOf(await change(ports, other.accountId, agentId))).toBe('agent_unknown');
  expect(refusalOf(await change(ports, accountId, world.partner.key.keyId))).toBe('agent_unknown');
  expect(refusalOf(await change(ports, 'nobody', agentId))).toBe('account_unknown');
  expect(refusalOf(await change(ports, deleting.accountId, agentId))).toBe('account_deleting');
  expect((await world.pull({})).status).toBe(200);
});
