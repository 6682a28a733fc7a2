// Results: the evidence speaks, the lease decides, and the same result again takes effect once.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { REASONS_BY_CONCLUSION } from '../../../lib/protocol/evidence/evidence.ts';
import { DependencyUnavailable } from '../../../lib/relay/model/ports.ts';
import { jwsFor, leaseOne } from '../../support/relay/evidence-samples.ts';
import { ACCOUNT, DAY, HOUR, NOW, SECOND } from '../../support/relay/samples.ts';
import { createWorld, sampleSubmission } from '../../support/relay/world.ts';
import { ed25519Pair } from '../../support/signing/signing.ts';

async function leasedWorld() {
  const world = await createWorld();
  const leased = await leaseOne(world);
  const { jobId } = leased.lease;
  const report = async (jws: string, lease = leased.lease) => (await world.pull({ results: [{ lease, jws }] })).json;
  const job = async () => world.ports.jobs.find(jobId);
  return { world, leased, jobId, report, job };
}

describe('a result', () => {
  it('is accepted: the job is completed from the evidence, which is kept, and the message goes', async () => {
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

  it('is accepted again, and takes effect once', async () => {
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

  it('is accepted after its lease ran out, while nobody else has taken it', async () => {
    const { world, leased, jobId, report } = await leasedWorld();
    const jws = jwsFor(world, leased);
    world.passSeconds(3600);
    expect((await report(jws)).accepted).toEqual([jobId]);
  });

  it('is accepted after the deadline, if the sweep has not ended the job', async () => {
    const { world, leased, jobId, report } = await leasedWorld();
    const jws = jwsFor(world, leased);
    world.passSeconds(25 * 3600);
    expect((await report(jws)).accepted).toEqual([jobId]);
  });

  it('never claims to have been checked in the future', async () => {
    const { world, leased, report, job } = await leasedWorld();
    await report(jwsFor(world, leased, { payload: { finishedAt: '2036-01-01T00:00:00Z' } }));
    expect((await job())?.result?.checkedAt).toBe(NOW);
  });

  it('never claims to have been checked before the job was there', async () => {
    const { world, leased, report, job } = await leasedWorld();
    await report(jwsFor(world, leased, { payload: { finishedAt: '0001-01-01T00:00:00Z' } }));
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

  it('is refused when it is valid but ends nowhere, and says nothing of why', async () => {
    const { world, leased, jobId, report } = await leasedWorld();
    const { rejected } = await report(jwsFor(world, leased, { payload: { finalUrl: undefined } }));
    expect(rejected).toEqual([{ jobId, code: 'validation_failed' }]);
  });

  it('is as fresh as its account says', async () => {
    const { world, leased, report, job } = await leasedWorld();
    await world.putAccount({ ...ACCOUNT, resultFreshnessSeconds: 60 });
    world.passSeconds(5);
    await report(jwsFor(world, leased));
    expect((await job())?.result?.validUntil).toBe(NOW + 64 * SECOND);
  });

  it.each(Object.entries(REASONS_BY_CONCLUSION))('may classifyResult %s', async (conclusion, [reason]) => {
    const { world, leased, jobId, report, job } = await leasedWorld();
    const payload = { conclusion, reason, finalUrl: undefined, hops: [], error: 'It did not work.' };
    expect((await report(jwsFor(world, leased, { payload }))).accepted).toEqual([jobId]);
    expect((await job())?.result).toMatchObject({ conclusion, reason, error: 'It did not work.', hopCount: 0 });
  });
});

describe('a result without its lease', () => {
  const lost = [{ jobId: expect.any(String), code: 'lease_lost' }];

  it('is refused once another agent has taken the job', async () => {
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
    const standing = await job();
    if (standing) await world.ports.jobs.end(standing, { state: 'canceled', reason: 'asked', nowMs: NOW });
    expect((await report(jwsFor(world, leased))).rejected).toEqual(lost);
    expect((await job())?.state).toBe('canceled');
  });

  it('is refused under another fence, and of another agent', async () => {
    const { world, leased, report } = await leasedWorld();
    const lease = { ...leased.lease, fence: 2 };
    expect((await report(jwsFor(world, { ...leased, lease }), lease)).rejected).toEqual(lost);
    const by = await world.makeAgent(2);
    const results = [{ lease: leased.lease, jws: jwsFor(world, leased, { by }) }];
    expect((await world.pull({ results }, by)).json.rejected).toEqual(lost);
  });

  it('is refused for another incarnation and for a job that never was', async () => {
    const { world, leased, report } = await leasedWorld();
    const old = { ...leased.lease, createdAt: new Date(NOW - 31 * DAY).toISOString() };
    expect((await report(jwsFor(world, { ...leased, lease: old }), old)).rejected).toEqual(lost);
    const none = { ...leased.lease, jobId: `job_${'a'.repeat(52)}` };
    expect((await report(jwsFor(world, { ...leased, lease: none }), none)).rejected).toEqual(lost);
  });

  it('is refused after another result of the same lease', async () => {
    const { world, leased, report, job } = await leasedWorld();
    await report(jwsFor(world, leased));
    const other = jwsFor(world, leased, { payload: { finalUrl: 'https://evil.example/' } });
    expect((await report(other)).rejected).toEqual(lost);
    expect((await job())?.result?.finalUrl).toBe('https://shop.example.org/boots');
  });

  it('does not keep the next one in the same pull from being accepted', async () => {
    const { world, leased, jobId } = await leasedWorld();
    const results = [
      { lease: { ...leased.lease, fence: 9 }, jws: jwsFor(world, leased) },
      { lease: leased.lease, jws: jwsFor(world, leased) },
    ];
    const { accepted, rejected } = (await world.pull({ results })).json;
    expect([accepted, rejected]).toEqual([[jobId], lost]);
  });
});

describe('evidence that proves something else', () => {
  const refused = [{ jobId: expect.any(String), code: 'validation_failed' }];

  it.each([
    ['accountId', 'other4other4other'],
    ['agentId', 'agt_other'],
    ['jobId', `job_${'a'.repeat(52)}`],
    ['createdAt', '2026-11-22T12:00:00.251Z'],
    ['fence', 2],
    ['trackingUrl', 'https://click.example.com/other'],
  ])('is refused when %s is another', async (field, value) => {
    const { world, leased, report, job } = await leasedWorld();
    expect((await report(jwsFor(world, leased, { payload: { [field]: value } }))).rejected).toEqual(refused);
    expect((await job())?.state).toBe('leased');
    expect(await world.ports.evidence.find(leased.lease.jobId)).toBeUndefined();
  });

  it.each([
    ['another kid', { kid: 'agt_other' }],
    ['no kid', { kid: undefined }],
    ['another typ', { typ: 'JWT' }],
    ['no typ', { typ: undefined }],
    ['alg none', { alg: 'none' }],
    ['alg HS256', { alg: 'HS256' }],
    ['alg Ed25519, which is not ours', { alg: 'Ed25519' }],
    ['no alg', { alg: undefined }],
    ['a key of its own', { jwk: { kty: 'OKP', crv: 'Ed25519', x: ed25519Pair(2).publicKey } }],
    ['an address of a key', { jku: 'https://evil.example/jwks.json' }],
    ['an extension that is not understood', { crit: ['exp'], exp: 1 }],
    ['an unencoded payload', { b64: false, crit: ['b64'] }],
  ])('is refused with %s in its header', async (_what, header) => {
    const { world, leased, report } = await leasedWorld();
    expect((await report(jwsFor(world, leased, { header }))).rejected).toEqual(refused);
  });

  it('is refused when another key signed it, with or without that key in the header', async () => {
    const { world, leased, report } = await leasedWorld();
    const { privateKey: key, publicKey: x } = ed25519Pair(2);
    expect((await report(jwsFor(world, leased, { key }))).rejected).toEqual(refused);
    const header = { jwk: { kty: 'OKP', crv: 'Ed25519', x } };
    expect((await report(jwsFor(world, leased, { key, header }))).rejected).toEqual(refused);
  });

  it('is refused when a character of it was changed', async () => {
    const { world, leased, report } = await leasedWorld();
    const jws = jwsFor(world, leased);
    for (const at of [5, jws.indexOf('.') + 20, jws.lastIndexOf('.') + 10]) {
      const changed = jws.slice(0, at) + (jws[at] === 'A' ? 'B' : 'A') + jws.slice(at + 1);
      expect((await report(changed)).rejected).toEqual(refused);
    }
  });

  it.each([
    ['a conclusion that is none', { conclusion: 'great' }],
    ['a reason of another conclusion', { reason: 'hop_timeout' }],
    ['a reason that every object has', { reason: 'constructor' }],
    ['a conclusion that every object has', { conclusion: 'constructor' }],
    ['no hops', { hops: undefined }],
    ['33 hops', { hops: Array.from({ length: 33 }, () => ({ url: 'https://e.com' })) }],
    ['a final URL that is no text', { finalUrl: 7 }],
    ['a final URL that is too long', { finalUrl: 'x'.repeat(4_097) }],
    ['a time that is none', { finishedAt: 'now' }],
    ['a fence that is no number', { fence: '1' }],
    ['more than 64 KiB', { padding: 'x'.repeat(50_000) }],
  ])('is refused with %s', async (_what, payload) => {
    const { world, leased, report } = await leasedWorld();
    expect((await report(jwsFor(world, leased, { payload }))).rejected).toEqual(refused);
  });

  it.each(['', '.', '../..', '...', 'a.b.c', 'hello', '{"payload":"","signatures":[]}', `${'a'.repeat(70_000)}`])(
    'is refused when it is no JWS at all (%#)',
    async (jws) => {
      const { report } = await leasedWorld();
      const answer = await report(jws);
      if (jws === '') expect(answer).toMatchObject({ code: 'validation_failed' });
      else expect(answer.rejected).toEqual(refused);
    },
  );

  it('is refused, whatever it is, and never a failure of ours', async () => {
    const { report } = await leasedWorld();
    await fc.assert(
      fc.asyncProperty(fc.string({ minLength: 1, maxLength: 300 }), async (jws) => {
        fc.pre(jws.isWellFormed());
        expect((await report(jws)).rejected).toEqual(refused);
      }),
      { numRuns: 50 },
    );
  });
});

describe('steps that fail', () => {
  it('leave the evidence without a completed job, and the retry completes it', async () => {
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

  it('write evidence before the result, so that no result is without', async () => {
    const { world, leased, report, job } = await leasedWorld();
    const save = async () => {
      throw new DependencyUnavailable('DynamoDB', { cause: new Error('down') });
    };
    world.ports.evidence = { ...world.ports.evidence, save };
    await report(jwsFor(world, leased));
    expect((await job())?.state).toBe('leased');
  });

  it('accept the result of whoever completed it a moment ago with the same evidence', async () => {
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

  it('refuse a result whose lease was taken in between', async () => {
    const { world, leased, report } = await leasedWorld();
    const { jobs } = world.ports;
    world.ports.jobs = {
      ...jobs,
      async complete(hold, end) {
        const nowMs = NOW + HOUR;
        await jobs.lease(hold, { agentId: 'agt_other', nowMs, leaseUntil: nowMs + HOUR, attemptLimit: 5 });
        return jobs.complete(hold, end);
      },
    };
    expect((await report(jwsFor(world, leased))).rejected).toMatchObject([{ code: 'lease_lost' }]);
  });
});

it('tells of another account’s job no more than of one that is not there', async () => {
  const { world, leased } = await leasedWorld();
  const stranger = await world.makeAgent(2, { accountId: 'other4other4other' });
  await world.putAccount({ ...ACCOUNT, accountId: 'other4other4other' });
  const results = [{ lease: leased.lease, jws: jwsFor(world, leased, { by: stranger }) }];
  expect((await world.pull({ results }, stranger)).json.rejected).toMatchObject([{ code: 'lease_lost' }]);
  await world.submit(sampleSubmission());
  expect((await world.pull({ want: 10 }, stranger)).json.jobs).toEqual([]);
});
