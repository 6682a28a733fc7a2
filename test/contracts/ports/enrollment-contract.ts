// The contract of enrolment: it takes effect completely or not at all, and for one key only.
import { expect, it } from 'vitest';
import { LIMITS } from '../../../lib/api/limits.ts';
import type { Directory, Enrollment, Presence } from '../../../lib/relay/model/ports.ts';
import type { AgentRegister, Registry } from '../../../lib/relay/operator/operator-ports.ts';
import { NOW, sampleAgentKey, sampleGrant, unique } from '../../support/relay/samples.ts';

export interface EnrollmentContractPorts {
  readonly enrollment: Enrollment;
  readonly registry: Registry;
  readonly agents: AgentRegister;
  readonly presence: Presence;
  freshDirectory(): Directory;
}

/** Describes the tests that every enrolment must pass. */
export function describeEnrollmentContract(makePorts: () => EnrollmentContractPorts): void {
  const details = (thumbprint: string) => ({ thumbprint, name: 'desk 4', nowMs: NOW });

  it('returns a grant as it was put, and nothing for an unknown token', async () => {
    const { enrollment, registry } = makePorts();
    const grant = sampleGrant();
    await registry.putGrant(grant);
    expect(await enrollment.findGrant(grant.tokenSha256)).toEqual(grant);
    expect(await enrollment.findGrant('0'.repeat(64))).toBeUndefined();
  });

  it('returns the expiry of a grant to the millisecond', async () => {
    const { enrollment, registry } = makePorts();
    const grant = sampleGrant({ expiresAt: NOW + LIMITS.enrollmentTokenSeconds * 1000 + 1 });
    await registry.putGrant(grant);
    expect((await enrollment.findGrant(grant.tokenSha256))?.expiresAt).toBe(grant.expiresAt);
  });

  it('marks the grant as used and creates the key', async () => {
    const { enrollment, registry, freshDirectory } = makePorts();
    const [grant, key] = [sampleGrant(), sampleAgentKey()];
    await registry.putGrant(grant);
    expect(await enrollment.redeem(grant, key, details('print'))).toBe(true);
    expect(await enrollment.findGrant(grant.tokenSha256)).toEqual({ ...grant, usedBy: 'print' });
    expect(await freshDirectory().findKey(key.keyId)).toEqual(key);
  });

  it('refuses a second key, and writes nothing of it', async () => {
    const { enrollment, registry, freshDirectory } = makePorts();
    const [grant, key, second] = [sampleGrant(), sampleAgentKey(), sampleAgentKey()];
    await registry.putGrant(grant);
    await enrollment.redeem(grant, key, details('print'));
    expect(await enrollment.redeem(grant, second, details('other print'))).toBe(false);
    expect(await freshDirectory().findKey(second.keyId)).toBeUndefined();
    expect((await enrollment.findGrant(grant.tokenSha256))?.usedBy).toBe('print');
  });

  it('refuses a revoked key, and leaves the grant unused', async () => {
    const { enrollment, registry, freshDirectory } = makePorts();
    const [grant, key, other] = [sampleGrant(), sampleAgentKey({ revokedAt: NOW }), sampleAgentKey()];
    await registry.putGrant(grant);
    await registry.putKey(key);
    const { revokedAt: _, ...unrevoked } = key;
    expect(await enrollment.redeem(grant, unrevoked, details('print'))).toBe(false);
    expect(await freshDirectory().findKey(key.keyId)).toEqual(key);
    expect(await enrollment.redeem(grant, other, details('other print'))).toBe(true);
  });

  it('keeps the operator’s state of an agent that enrols again: a paused one stays paused', async () => {
    const { enrollment, registry, agents, presence, freshDirectory } = makePorts();
    const key = sampleAgentKey({ accountId: unique('account') });
    const agent = { accountId: key.accountId, agentId: key.keyId };
    const enroll = async (pool: string, nowMs: number) => {
      const grant = sampleGrant({ accountId: key.accountId, pool, labels: [pool] });
      await registry.putGrant(grant);
      return enrollment.redeem(grant, { ...key, pool }, { ...details('print'), nowMs });
    };
    await enroll('default', NOW);
    await agents.setState(agent, 'paused', NOW);
    expect(await enroll('second', NOW + 1)).toBe(true);
    expect(await freshDirectory().findKey(key.keyId)).toEqual({ ...key, pool: 'second', state: 'paused' });
    const [listed] = await presence.list(key.accountId);
    expect(listed).toMatchObject({ state: 'paused', pool: 'second', labels: ['second'], enrolledAt: NOW + 1 });
    await agents.setState(agent, 'active', NOW);
    expect(await enroll('default', NOW + 2)).toBe(true);
    expect(await freshDirectory().findKey(key.keyId)).toMatchObject({ state: 'active', pool: 'default' });
  });

  it('refuses an unknown grant', async () => {
    const { enrollment, freshDirectory } = makePorts();
    const key = sampleAgentKey();
    expect(await enrollment.redeem(sampleGrant(), key, details('print'))).toBe(false);
    expect(await freshDirectory().findKey(key.keyId)).toBeUndefined();
  });

  it('lets exactly one of many concurrent keys win', async () => {
    const { enrollment, registry, freshDirectory } = makePorts();
    const grant = sampleGrant();
    await registry.putGrant(grant);
    const keys = Array.from({ length: 10 }, () => sampleAgentKey());
    const attempts = await Promise.allSettled(keys.map((key) => enrollment.redeem(grant, key, details(key.keyId))));
    // An attempt that conflicts with another transaction may also fail as a dependency, and the agent would retry.
    const winners = attempts.filter((attempt) => attempt.status === 'fulfilled' && attempt.value);
    expect(winners).toHaveLength(1);
    const usedBy = (await enrollment.findGrant(grant.tokenSha256))?.usedBy;
    const found = await Promise.all(keys.map(({ keyId }) => freshDirectory().findKey(keyId)));
    expect(found.flatMap((key) => (key ? [key.keyId] : []))).toEqual([usedBy]);
  });
}
