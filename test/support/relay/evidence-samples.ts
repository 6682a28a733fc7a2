// Leases jobs, and makes the evidence that an agent reports for a lease.
import type { KeyObject } from 'node:crypto';
import type { LeasedJob } from '../../../lib/protocol/messages.ts';
import { signJws } from '../signing/signing.ts';
import { ACCOUNT, SECOND } from './samples.ts';
import { type Agent, createWorld, sampleSubmission, type World } from './world.ts';

/** Submits a job, lets the agent lease it, and returns the lease. */
export async function leaseOne(world: World, by: Agent = world.agent): Promise<LeasedJob> {
  await world.submit(sampleSubmission());
  const [leased] = (await world.pull({ want: 1 }, by)).json.jobs;
  if (!leased) throw new Error('No job was leased.');
  return leased;
}

/** Returns a world whose agent has leased a job, with functions that report a result and read the job. */
export async function leasedWorld() {
  const world = await createWorld();
  const leased = await leaseOne(world);
  const { jobId } = leased.lease;
  const report = async (jws: string, lease = leased.lease) => (await world.pull({ results: [{ lease, jws }] })).json;
  const job = async () => world.ports.jobs.find(jobId);
  return { world, leased, jobId, report, job };
}

/** Returns the payload of the evidence for a lease. */
export function evidenceFor(world: World, { lease, job }: LeasedJob, by: Agent = world.agent) {
  return {
    accountId: ACCOUNT.accountId,
    agentId: by.key.keyId,
    jobId: lease.jobId,
    createdAt: lease.createdAt,
    fence: lease.fence,
    trackingUrl: job.trackingUrl,
    startedAt: new Date(world.time.nowMs - 2 * SECOND).toISOString(),
    finishedAt: new Date(world.time.nowMs - SECOND).toISOString(),
    hops: [
      { url: job.trackingUrl, kind: 'http', status: 302, timing: { totalMs: 12 } },
      { url: 'https://shop.example.org/boots', kind: 'none', status: 200, timing: { totalMs: 30 } },
    ],
    finalUrl: 'https://shop.example.org/boots',
    conclusion: 'valid',
    reason: 'final_ok',
  };
}

/** Returns the protected header of an agent's evidence. */
export function headerFor(by: Agent) {
  return { alg: 'EdDSA', typ: 'signet-evidence+jws', kid: by.key.keyId };
}

/** Returns the signed evidence for a lease. `overrides` replaces parts of header, payload or key. */
export function jwsFor(
  world: World,
  leased: LeasedJob,
  overrides: {
    readonly payload?: Readonly<Record<string, unknown>>;
    readonly header?: Readonly<Record<string, unknown>>;
    readonly key?: KeyObject;
    readonly by?: Agent;
  } = {},
): string {
  const { by = world.agent } = overrides;
  const payload = { ...evidenceFor(world, leased, by), ...overrides.payload };
  return signJws({ ...headerFor(by), ...overrides.header }, payload, overrides.key ?? by.privateKey);
}
