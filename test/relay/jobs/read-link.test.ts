// Reading jobs and their evidence: an account can read its own and no other's.
import { describe, expect, it } from 'vitest';
import {
  DAY,
  HOUR,
  holdOf,
  MINUTE,
  NOW,
  SECOND,
  sampleAccount,
  sampleJob,
  sampleLease,
  sampleResult,
} from '../../support/relay/samples.ts';
import { createWorld, sampleSubmission, type World } from '../../support/relay/world.ts';

async function completed(world: World, result = sampleResult()) {
  const { jobId } = (await world.submit(sampleSubmission())).json;
  const lease = sampleLease({ agentId: result.agentId, nowMs: NOW, leaseUntil: NOW + MINUTE });
  await world.ports.jobs.lease({ jobId, createdAt: NOW }, lease);
  const hold = holdOf({ jobId, createdAt: NOW, fence: 1 }, result.agentId);
  await world.ports.evidence.save(hold, 'header.payload.signature', NOW + DAY);
  await world.ports.jobs.complete(hold, { result, evidenceSha256: 'sha', nowMs: NOW + SECOND });
  return jobId as string;
}

describe('a job', () => {
  it('is read with its result', async () => {
    const world = await createWorld();
    const jobId = await completed(world);
    const { json } = await world.get(`/api/links/${jobId}`);
    expect(json).toMatchObject({ jobId, state: 'completed', attempts: 1, updatedAt: '2026-11-22T12:00:01.250Z' });
    expect(json.result).toEqual({
      ...sampleResult(),
      ready: true,
      checkedAt: '2026-11-22T12:00:00.250Z',
      validUntil: '2026-11-23T12:00:00.250Z',
    });
  });

  it.each(['job_none', `job_${'a'.repeat(51)}`, 'x'.repeat(4_000), 'fetchx'])(
    'is not read from the table for the malformed id %s',
    async (jobId) => {
      const world = await createWorld();
      world.ports.jobs = { ...world.ports.jobs, find: () => Promise.reject(new Error('a row was read')) };
      for (const path of [`/api/links/${jobId}`, `/api/links/${jobId}/evidence`])
        expect((await world.get(path)).json.code).toBe('not_found');
    },
  );

  it('shows none of the relay’s internal fields', async () => {
    const world = await createWorld();
    const jobId = await completed(world);
    const { json } = await world.get(`/api/links/${jobId}`);
    const inner = ['accountId', 'fingerprint', 'fence', 'leasedBy', 'leaseUntil', 'dueAt', 'quotaWindow', 'resends'];
    for (const name of inner) expect(json).not.toHaveProperty(name);
  });

  it('is ready until the last millisecond of its result’s validity', async () => {
    const world = await createWorld();
    const jobId = await completed(world);
    const ready = async (nowMs: number) => {
      world.time.nowMs = nowMs;
      return (await world.get(`/api/links/${jobId}`)).json.result.ready;
    };
    expect(await ready(NOW + DAY)).toBe(true);
    expect(await ready(NOW + DAY + 1)).toBe(false);
  });

  it('is never ready with a conclusion other than valid', async () => {
    const world = await createWorld();
    const jobId = await completed(world, sampleResult({ conclusion: 'broken', reason: 'status_server_error' }));
    expect((await world.get(`/api/links/${jobId}`)).json.result.ready).toBe(false);
  });

  it('is not found after 30 days, even if its row still exists', async () => {
    const world = await createWorld();
    const jobId = await completed(world);
    world.time.nowMs = NOW + 30 * DAY - 1;
    expect((await world.get(`/api/links/${jobId}`)).status).toBe(200);
    world.time.nowMs = NOW + 30 * DAY;
    expect((await world.get(`/api/links/${jobId}`)).json.code).toBe('not_found');
    expect((await world.get(`/api/links/${jobId}/evidence`)).json.code).toBe('not_found');
  });
});

describe('evidence', () => {
  it('is returned exactly as the agent signed it', async () => {
    const world = await createWorld();
    const answer = await world.get(`/api/links/${await completed(world)}/evidence`);
    expect(answer).toMatchObject({ status: 200, headers: { 'content-type': 'application/jose' } });
    expect(answer.text).toBe('header.payload.signature');
  });

  it('is not found before the job has completed, even if it is stored', async () => {
    const world = await createWorld();
    const { jobId } = (await world.submit(sampleSubmission())).json;
    await world.ports.evidence.save(holdOf({ jobId, createdAt: NOW, fence: 1 }), 'jws', NOW + DAY);
    expect((await world.get(`/api/links/${jobId}/evidence`)).json.code).toBe('not_found');
  });

  it('is not found if it belongs to an earlier job with the same id', async () => {
    const world = await createWorld();
    const jobId = await completed(world);
    await world.ports.evidence.save(holdOf({ jobId, createdAt: NOW + 1, fence: 1 }), 'other', NOW + DAY);
    expect((await world.get(`/api/links/${jobId}/evidence`)).json.code).toBe('not_found');
  });
});

describe('another account’s job', () => {
  it.each(['', '/evidence'])('gets the same answer as a job that does not exist (%j)', async (suffix) => {
    const world = await createWorld();
    const jobId = await completed(world);
    const account = sampleAccount();
    await world.putAccount(account);
    const stranger = await world.makePartner(account.accountId);
    const answers = [];
    for (const id of [jobId, sampleJob({ createdAt: NOW - HOUR }).jobId]) {
      const { status, headers, json } = await world.get(`/api/links/${id}${suffix}`, stranger);
      answers.push({ status, headers, json: { ...json, requestId: '' } });
    }
    expect(answers[0]).toEqual(answers[1]);
    expect(answers[0]).toMatchObject({ status: 404, json: { code: 'not_found' } });
  });
});
