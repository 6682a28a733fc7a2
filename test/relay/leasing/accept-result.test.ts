// Results: the evidence says what the result is, the lease decides who may report it, and a repeat takes effect once.
import { describe, expect, it } from 'vitest';
import { createAddressPolicy } from '../../../lib/net/address-policy.ts';
import { REASONS_BY_CONCLUSION, STATUSES_BY_REASON } from '../../../lib/protocol/evidence/evidence.ts';
import { DependencyUnavailable } from '../../../lib/relay/model/ports.ts';
import { jwsFor, leasedWorld } from '../../support/relay/evidence-samples.ts';
import { ACCOUNT, DAY, HOUR, MINUTE, NOW, SECOND, sampleLease } from '../../support/relay/samples.ts';
import { sampleSubmission } from '../../support/relay/world.ts';

describe('a result', () => {
  it('is accepted: the job is completed from the evidence, the evidence is stored, and the message is deleted', async () => {
    const { world, leased, jobId, report, job } = await leasedWorld();
    world.passSeconds(5);
    const jws = jwsFor(world, leased);
    expect(await report(jws)).toMatchObject({ accepted: [jobId], rejected: [] });
    expect(await job()).toMatchObject({
      state: 'completed',
      result: {
        conclusion: 'valid',
        reason: 'final_ok',
        finalUrl: 'https://shop.example.org/boots',
        checkedAt: NOW + 4 * SECOND,
        validUntil: NOW + 4 * SECOND + DAY,
        agentId: world.agent.key.keyId,
        hopCount: 2,
      },
    });
    expect(await world.ports.evidence.find(jobId)).toEqual({ jws, createdAt: NOW });
    expect(world.ports.queues.hiddenSeconds(world.pool)).toEqual([]);
    expect(world.namesOfEvents()).toContain('result.accepted');
  });

  it('is accepted again when it is repeated, and takes effect once', async () => {
    const { world, leased, jobId, report, job } = await leasedWorld();
    const jws = jwsFor(world, leased);
    await report(jws);
    const first = await job();
    world.passSeconds(60);
    expect(await report(jws)).toMatchObject({ accepted: [jobId], rejected: [] });
    expect(await job()).toEqual(first);
  });

  it('is accepted twice within one pull', async () => {
    const { world, leased, jobId } = await leasedWorld();
    const result = { lease: leased.lease, jws: jwsFor(world, leased) };
    expect((await world.pull({ results: [result, result] })).json.accepted).toEqual([jobId, jobId]);
  });

  it('is accepted after its lease has expired, as long as no other agent leased the job', async () => {
    const { world, leased, jobId, report } = await leasedWorld();
    const jws = jwsFor(world, leased);
    world.passSeconds(3600);
    expect((await report(jws)).accepted).toEqual([jobId]);
  });

  it('is accepted after the deadline, as long as the sweep has not ended the job', async () => {
    const { world, leased, jobId, report } = await leasedWorld();
    const jws = jwsFor(world, leased);
    world.passSeconds(25 * 3600);
    expect((await report(jws)).accepted).toEqual([jobId]);
  });

  it('is never dated in the future', async () => {
    const { world, leased, jobId, report, job } = await leasedWorld();
    const finishedAt = new Date(NOW + 5 * MINUTE).toISOString();
    expect((await report(jwsFor(world, leased, { payload: { finishedAt } }))).accepted).toEqual([jobId]);
    expect((await job())?.result?.checkedAt).toBe(NOW);
  });

  it('is never dated before its job', async () => {
    const { world, leased, jobId, report, job } = await leasedWorld();
    const early = new Date(NOW - 5 * MINUTE).toISOString();
    const payload = { startedAt: early, finishedAt: early };
    expect((await report(jwsFor(world, leased, { payload }))).accepted).toEqual([jobId]);
    expect((await job())?.result?.checkedAt).toBe(NOW);
  });

  it.each(['javascript:alert(1)', 'ftp://example.org/', 'nowhere'])(
    'is refused with the final URL %s',
    async (finalUrl) => {
      const { world, leased, jobId, report, job } = await leasedWorld();
      const { rejected } = await report(jwsFor(world, leased, { payload: { finalUrl } }));
      expect(rejected).toEqual([{ jobId, code: 'validation_failed' }]);
      expect((await job())?.state).toBe('leased');
    },
  );

  it('may have a final URL on an address that the relay opens, as on the laptop', async () => {
    const { world, leased, jobId, report } = await leasedWorld();
    world.ports.addresses = createAddressPolicy({ allowCidrs: ['127.0.0.0/8'] });
    const finalUrl = 'http://127.0.0.1:4010/shop';
    const payload = { finalUrl, hops: [{ url: finalUrl, kind: 'none', status: 200, timing: { totalMs: 1 } }] };
    expect((await report(jwsFor(world, leased, { payload }))).accepted).toEqual([jobId]);
  });

  it('is refused when it is valid but has neither a final URL nor an error', async () => {
    const { world, leased, jobId, report } = await leasedWorld();
    const { rejected } = await report(jwsFor(world, leased, { payload: { finalUrl: undefined } }));
    expect(rejected).toEqual([{ jobId, code: 'validation_failed' }]);
  });

  it('is fresh for the time that its account sets', async () => {
    const { world, leased, report, job } = await leasedWorld();
    await world.putAccount({ ...ACCOUNT, resultFreshnessSeconds: 60 });
    world.passSeconds(5);
    await report(jwsFor(world, leased));
    expect((await job())?.result?.validUntil).toBe(NOW + 64 * SECOND);
  });

  it.each(Object.entries(REASONS_BY_CONCLUSION))('may have the conclusion %s', async (conclusion, [reason]) => {
    const { world, leased, jobId, report, job } = await leasedWorld();
    const [status] = STATUSES_BY_REASON[reason] ?? [];
    const finalUrl = status === undefined ? undefined : 'https://shop.example.org/boots';
    const hops = finalUrl === undefined ? [] : [{ url: finalUrl, kind: 'none', status, timing: { totalMs: 1 } }];
    const payload = { conclusion, reason, finalUrl, hops, error: 'It did not work.' };
    expect((await report(jwsFor(world, leased, { payload }))).accepted).toEqual([jobId]);
    expect((await job())?.result).toMatchObject({
      conclusion,
      reason,
      error: 'It did not work.',
      hopCount: hops.length,
    });
  });
});

describe('a result without its lease', () => {
  const lost = [{ jobId: expect.any(String), code: 'lease_lost' }];

  it('is refused once another agent has leased the job', async () => {
    const { world, leased, report, job } = await leasedWorld();
    const jws = jwsFor(world, leased);
    world.passSeconds(130);
    const other = await world.makeAgent(2);
    expect((await world.pull({ want: 1 }, other)).json.jobs).toHaveLength(1);
    expect((await report(jws)).rejected).toEqual(lost);
    expect(await job()).toMatchObject({ state: 'leased', leasedBy: other.key.keyId, fence: 2 });
    expect(await world.ports.evidence.find(leased.lease.jobId)).toBeUndefined();
  });

  it('is refused once the job was canceled', async () => {
    const { world, leased, report, job } = await leasedWorld();
    const current = await job();
    if (current) await world.ports.jobs.end(current, { state: 'canceled', reason: 'asked', nowMs: NOW });
    expect((await report(jwsFor(world, leased))).rejected).toEqual(lost);
    expect((await job())?.state).toBe('canceled');
  });

  it('is refused under another fence, and from another agent', async () => {
    const { world, leased, report } = await leasedWorld();
    const lease = { ...leased.lease, fence: 2 };
    expect((await report(jwsFor(world, { ...leased, lease }), lease)).rejected).toEqual(lost);
    const by = await world.makeAgent(2);
    const results = [{ lease: leased.lease, jws: jwsFor(world, leased, { by }) }];
    expect((await world.pull({ results }, by)).json.rejected).toEqual(lost);
  });

  it('is refused for another incarnation, and for a job that does not exist', async () => {
    const { world, leased, report } = await leasedWorld();
    const old = { ...leased.lease, createdAt: new Date(NOW - 31 * DAY).toISOString() };
    expect((await report(jwsFor(world, { ...leased, lease: old }), old)).rejected).toEqual(lost);
    const none = { ...leased.lease, jobId: `job_${'a'.repeat(52)}` };
    expect((await report(jwsFor(world, { ...leased, lease: none }), none)).rejected).toEqual(lost);
  });

  it('is refused after another result of the same lease', async () => {
    const { world, leased, report, job } = await leasedWorld();
    await report(jwsFor(world, leased));
    const finalUrl = 'https://evil.example/';
    const hops = [{ url: finalUrl, kind: 'none', status: 200, timing: { totalMs: 1 } }];
    const other = jwsFor(world, leased, { payload: { finalUrl, hops } });
    expect((await report(other)).rejected).toEqual(lost);
    expect((await job())?.result?.finalUrl).toBe('https://shop.example.org/boots');
  });

  it('does not affect other results of the same pull', async () => {
    const { world, leased, jobId } = await leasedWorld();
    const results = [
      { lease: { ...leased.lease, fence: 9 }, jws: jwsFor(world, leased) },
      { lease: leased.lease, jws: jwsFor(world, leased) },
    ];
    const { accepted, rejected } = (await world.pull({ results })).json;
    expect([accepted, rejected]).toEqual([[jobId], lost]);
  });
});

describe('a step that fails', () => {
  it('may leave evidence without a completed job, which a retry completes', async () => {
    const { world, leased, jobId, report, job } = await leasedWorld();
    const jws = jwsFor(world, leased);
    const { jobs } = world.ports;
    const complete = async () => {
      throw new DependencyUnavailable('DynamoDB', { cause: new Error('down') });
    };
    world.ports.jobs = { ...jobs, complete };
    expect(await report(jws)).toMatchObject({ code: 'dependency_unavailable', retryable: true });
    expect((await job())?.state).toBe('leased');
    world.ports.jobs = jobs;
    expect((await report(jws)).accepted).toEqual([jobId]);
  });

  it('never leaves a result without evidence, because the evidence is written first', async () => {
    const { world, leased, report, job } = await leasedWorld();
    const save = async () => {
      throw new DependencyUnavailable('DynamoDB', { cause: new Error('down') });
    };
    world.ports.evidence = { ...world.ports.evidence, save };
    await report(jwsFor(world, leased));
    expect((await job())?.state).toBe('leased');
  });

  it('is recognized by its evidence when the SDK repeats it after it took effect', async () => {
    const { world, leased, jobId, report } = await leasedWorld();
    const { jobs } = world.ports;
    world.ports.jobs = {
      ...jobs,
      async complete(hold, end) {
        await jobs.complete(hold, end);
        return jobs.complete(hold, end);
      },
    };
    expect((await report(jwsFor(world, leased))).accepted).toEqual([jobId]);
  });

  it('refuses a result when another agent leased the job before the write', async () => {
    const { world, leased, report } = await leasedWorld();
    const { jobs } = world.ports;
    world.ports.jobs = {
      ...jobs,
      async complete(hold, end) {
        const nowMs = NOW + HOUR;
        await jobs.lease(hold, sampleLease({ agentId: 'agt_other', nowMs, leaseUntil: nowMs + HOUR }));
        return jobs.complete(hold, end);
      },
    };
    expect((await report(jwsFor(world, leased))).rejected).toMatchObject([{ code: 'lease_lost' }]);
  });
});

it('answers for the job of another account like for a job that does not exist', async () => {
  const { world, leased } = await leasedWorld();
  const stranger = await world.makeAgent(2, { accountId: 'other4other4other' });
  await world.putAccount({ ...ACCOUNT, accountId: 'other4other4other' });
  const results = [{ lease: leased.lease, jws: jwsFor(world, leased, { by: stranger }) }];
  expect((await world.pull({ results }, stranger)).json.rejected).toMatchObject([{ code: 'lease_lost' }]);
  await world.submit(sampleSubmission());
  expect((await world.pull({ want: 10 }, stranger)).json.jobs).toEqual([]);
});
