// Admission of one submission: there is one job for each idempotency key, even after failures and repeats.

import { describe, expect, it } from 'vitest';
import { DependencyUnavailable } from '../../../lib/relay/model/ports.ts';
import { TUNING } from '../../../lib/relay/model/tuning.ts';
import { ACCOUNT, DAY, MINUTE, NOW, SECOND, sampleAccount } from '../../support/relay/samples.ts';
import { createWorld, sampleSubmission, type World } from '../../support/relay/world.ts';

const WINDOW = '2026-11';
const used = (world: World) => world.ports.quota.used(ACCOUNT.accountId, WINDOW);

function failNextSend(world: World) {
  const { send } = world.ports.queues;
  let failures = 1;
  world.ports.queues = {
    ...world.ports.queues,
    async send(pool, ref) {
      failures -= 1;
      if (failures >= 0) throw new DependencyUnavailable('SQS', { cause: new Error('down') });
      await send(pool, ref);
    },
  };
}

describe('a new job', () => {
  it('is answered with 202 and its location, and has a row, a message and one unit of quota', async () => {
    const world = await createWorld();
    const submission = sampleSubmission({ expectedDomain: 'example.org', metadata: { a: [1, null] } });
    const answer = await world.submit(submission);
    const { jobId } = answer.json;
    expect(answer).toMatchObject({ status: 202, headers: { location: `/api/links/${jobId}` } });
    expect(answer.json).toEqual({
      ...submission,
      jobId: expect.stringMatching(/^job_[a-z2-7]{52}$/),
      state: 'queued',
      pool: 'default',
      attempts: 0,
      createdAt: '2026-11-22T12:00:00.250Z',
      updatedAt: '2026-11-22T12:00:00.250Z',
      deadlineAt: '2026-11-23T12:00:00.250Z',
    });
    expect(await world.ports.jobs.find(jobId)).toMatchObject({ state: 'queued', fence: 0, dueAt: NOW + 2 * MINUTE });
    expect(world.ports.queues.sent).toEqual([{ jobId, createdAt: NOW }]);
    expect(used(world)).toBe(1);
    expect(world.namesOfEvents()).toEqual(['job.admitted']);
  });

  it('has the deadline of its account', async () => {
    const world = await createWorld();
    await world.putAccount({ ...ACCOUNT, jobDeadlineSeconds: 60 });
    expect((await world.submit(sampleSubmission())).json.deadlineAt).toBe('2026-11-22T12:01:00.250Z');
  });

  it('goes to the pool that it names, else to the first pool of the account', async () => {
    const world = await createWorld();
    expect((await world.submit(sampleSubmission({ pool: 'second' }))).json.pool).toBe('second');
    expect((await world.submit(sampleSubmission())).json.pool).toBe('default');
    expect(world.ports.queues.hiddenSeconds({ ...world.pool, pool: 'second' })).toHaveLength(1);
  });

  it('is refused for an unknown pool, and the answer lists the pools of the account', async () => {
    const world = await createWorld();
    const answer = await world.submit(sampleSubmission({ pool: 'third' }));
    expect(answer.json).toMatchObject({
      code: 'validation_failed',
      errors: [{ path: '/pool', message: 'must be one of default, second' }],
    });
    expect(used(world)).toBe(0);
  });
});

describe('a repeat', () => {
  it('is answered with 200 and the job, sends no message and takes no unit', async () => {
    const world = await createWorld();
    const submission = sampleSubmission();
    const first = await world.submit(submission);
    world.passSeconds(60);
    const second = await world.submit(submission);
    expect(second).toMatchObject({
      status: 200,
      headers: { 'idempotent-replayed': 'true', location: first.headers['location'] },
    });
    expect(second.json).toEqual(first.json);
    expect(world.ports.queues.sent).toHaveLength(1);
    expect(used(world)).toBe(1);
    expect(world.namesOfEvents()).toEqual(['job.admitted', 'job.repeated']);
  });

  it('may have its fields in another order', async () => {
    const world = await createWorld();
    const { idempotencyKey, ...rest } = sampleSubmission({ metadata: { a: 1, b: { c: 2, d: 3 } } });
    await world.submit({ idempotencyKey, ...rest });
    const metadata = { b: { d: 3, c: 2 }, a: 1.0 };
    const again = await world.submit({ ...rest, metadata, idempotencyKey });
    expect(again.status).toBe(200);
  });

  it('is recognized after the account’s default pool has changed', async () => {
    const world = await createWorld();
    const submission = sampleSubmission();
    const first = await world.submit(submission);
    await world.putAccount({ ...ACCOUNT, pools: ['second', 'default'] });
    expect(await world.submit(submission)).toMatchObject({ status: 200, json: first.json });
  });

  it('is answered with the present state of the job', async () => {
    const world = await createWorld();
    const submission = sampleSubmission();
    const { jobId } = (await world.submit(submission)).json;
    const job = await world.ports.jobs.find(jobId);
    if (job) await world.ports.jobs.end(job, { state: 'canceled', reason: 'asked', nowMs: NOW });
    expect((await world.submit(submission)).json).toMatchObject({ jobId, state: 'canceled' });
  });

  it('is answered even if the quota is used up', async () => {
    const world = await createWorld();
    const submission = sampleSubmission();
    await world.submit(submission);
    await world.putAccount({ ...ACCOUNT, jobsPerMonth: 0 });
    expect((await world.submit(submission)).status).toBe(200);
  });

  it('creates a new job once the first is 30 days old, even if its row still exists', async () => {
    const world = await createWorld();
    const submission = sampleSubmission();
    const first = await world.submit(submission);
    world.time.nowMs = NOW + 30 * DAY + SECOND;
    const again = await world.submit(submission);
    expect(again).toMatchObject({ status: 202, json: { jobId: first.json.jobId } });
    expect(again.json.createdAt).not.toBe(first.json.createdAt);
  });
});

describe('another body under the same key', () => {
  it('is refused, and the answer reveals nothing of the first body', async () => {
    const world = await createWorld();
    const first = sampleSubmission({
      trackingUrl: 'https://example.com/first-url',
      metadata: { first: 'metadata' },
    });
    const { jobId } = (await world.submit(first)).json;
    const { idempotencyKey } = first;
    const answer = await world.submit(sampleSubmission({ idempotencyKey, rowId: 'other' }));
    expect(answer).toMatchObject({ status: 422, json: { code: 'idempotency_key_reused', retryable: false } });
    for (const text of [jobId, idempotencyKey, 'first-url', 'metadata', 'queued'])
      expect(answer.text).not.toContain(text);
    expect(answer.headers).not.toHaveProperty('location');
    expect(used(world)).toBe(1);
  });

  it.each([
    ['trackingUrl', 'https://example.com/other'],
    ['source', 'other'],
    ['rowId', 'other'],
    ['expectedDomain', 'example.org'],
    ['pool', 'second'],
    ['pool', 'default'],
    ['context', { userAgent: 'other' }],
    ['metadata', { other: 1 }],
  ])('is recognized by a different %s', async (field, value) => {
    const world = await createWorld();
    const submission = sampleSubmission();
    await world.submit(submission);
    expect((await world.submit({ ...submission, [field]: value })).json.code).toBe('idempotency_key_reused');
  });
});

describe('two accounts', () => {
  it('get two jobs for the same idempotency key', async () => {
    const world = await createWorld();
    const account = sampleAccount();
    await world.putAccount(account);
    const other = await world.makePartner(account.accountId);
    const submission = sampleSubmission();
    const [own, foreign] = [await world.submit(submission), await world.submit(submission, other)];
    expect([own.status, foreign.status]).toEqual([202, 202]);
    expect(own.json.jobId).not.toBe(foreign.json.jobId);
  });
});

describe('submissions that race for one idempotency key', () => {
  it('create one job and one message and take one unit; all but one are answered as repeats', async () => {
    const world = await createWorld();
    const submission = sampleSubmission();
    // No request sees the row of another before it tries to create its own.
    const { find } = world.ports.jobs;
    world.ports.jobs = { ...world.ports.jobs, find: async () => undefined };
    const answers = await Promise.all(Array.from({ length: 5 }, () => world.submit(submission)));
    world.ports.jobs = { ...world.ports.jobs, find };
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 200, 200, 200, 202]);
    for (const { json } of answers) expect(json).toEqual(answers[0]?.json);
    expect(world.ports.queues.sent).toHaveLength(1);
    expect(used(world)).toBe(1);
  });

  it('refund the unit of a request that loses with another body', async () => {
    const world = await createWorld();
    const submission = sampleSubmission();
    await world.submit(submission);
    world.ports.jobs = { ...world.ports.jobs, find: async () => undefined };
    expect((await world.submit({ ...submission, rowId: 'other' })).json.code).toBe('idempotency_key_reused');
    expect(used(world)).toBe(1);
  });
});

describe('a creation that the SDK repeats because the answer was lost', () => {
  it('is recognized as the own one: it is answered with 202, sends a message and takes one unit', async () => {
    const world = await createWorld();
    const { create } = world.ports.jobs;
    world.ports.jobs = {
      ...world.ports.jobs,
      async create(job, nowMs) {
        await create(job, nowMs);
        return create(job, nowMs);
      },
    };
    const { status } = await world.submit(sampleSubmission());
    expect(status).toBe(202);
    expect(world.ports.queues.sent).toHaveLength(1);
    expect(used(world)).toBe(1);
  });
});

describe('quota', () => {
  it('refuses a job when no unit is left, and says when the next month begins', async () => {
    const world = await createWorld();
    await world.putAccount({ ...ACCOUNT, jobsPerMonth: 2 });
    await world.submit(sampleSubmission());
    await world.submit(sampleSubmission());
    const answer = await world.submit(sampleSubmission());
    expect(answer).toMatchObject({ status: 429, json: { code: 'quota_exceeded', retryable: true } });
    const seconds = Number(answer.headers['retry-after']);
    expect(new Date(NOW + seconds * SECOND).toISOString()).toMatch(/^2026-12-01T00:00:00/);
    world.passSeconds(seconds);
    expect((await world.submit(sampleSubmission())).status).toBe(202);
  });

  it('is not taken for submissions that are refused earlier', async () => {
    const world = await createWorld();
    for (const wrong of [{ rowId: '' }, { trackingUrl: 'ftp://x' }, { pool: 'third' }])
      await world.submit(sampleSubmission(wrong));
    expect(used(world)).toBe(0);
  });
});

describe('a message that could not be sent', () => {
  it('is answered with a retryable 503; the retry gets 200 with the job, whose row stays due', async () => {
    const world = await createWorld();
    failNextSend(world);
    const submission = sampleSubmission();
    const first = await world.submit(submission);
    expect(first).toMatchObject({ status: 503, headers: { 'retry-after': '1' } });
    expect(first.json).toMatchObject({ code: 'dependency_unavailable', retryable: true });
    const retry = await world.submit(submission);
    expect(retry).toMatchObject({ status: 200, headers: { 'idempotent-replayed': 'true' } });
    expect(retry.json.state).toBe('queued');
    expect(world.ports.queues.sent).toEqual([]);
    const job = await world.ports.jobs.find(retry.json.jobId);
    expect(job?.dueAt).toBe(NOW + TUNING.firstDueSeconds * SECOND);
    expect(used(world)).toBe(1);
  });

  it('is answered with 503 too when the queue of the pool is missing', async () => {
    const world = await createWorld();
    await world.ports.registry.putAccount({ ...ACCOUNT, pools: ['missing'] });
    expect((await world.submit(sampleSubmission())).status).toBe(503);
  });
});

const MESSAGES = {
  url_malformed: 'must be an absolute URL, such as https://example.com/r?id=1',
  scheme_not_http: 'must start with http:// or https://',
  credentials_in_url: 'must not carry a user name or password',
  address_not_global: 'must not name an address outside the public internet',
};

describe('tracking URLs', () => {
  it.each([
    ['not a url', MESSAGES.url_malformed],
    ['/relative', MESSAGES.url_malformed],
    ['', MESSAGES.url_malformed],
    ['https://', MESSAGES.url_malformed],
    ['ftp://example.com/', MESSAGES.scheme_not_http],
    ['javascript:alert(1)', MESSAGES.scheme_not_http],
    ['file:///etc/passwd', MESSAGES.scheme_not_http],
    ['https://user:password@example.com/', MESSAGES.credentials_in_url],
    ['http://127.0.0.1/', MESSAGES.address_not_global],
    ['http://2130706433/', MESSAGES.address_not_global],
    ['http://0x7f.1/', MESSAGES.address_not_global],
    ['http://[::ffff:10.0.0.1]/', MESSAGES.address_not_global],
    ['http://169.254.169.254/latest/meta-data', MESSAGES.address_not_global],
  ])('are refused: %j %s', async (trackingUrl, message) => {
    const answer = await (await createWorld()).submit(sampleSubmission({ trackingUrl }));
    expect(answer.json).toMatchObject({
      code: 'url_refused',
      errors: [{ path: '/trackingUrl', message }],
      detail: `trackingUrl ${message}.`,
    });
  });

  it.each(['http://example.com', 'https://8.8.8.8:8443/?a=b#c', 'https://münchen.example/ü'])(
    'are accepted, and stored as they were written: %j',
    async (trackingUrl) => {
      const answer = await (await createWorld()).submit(sampleSubmission({ trackingUrl }));
      expect(answer).toMatchObject({ status: 202, json: { trackingUrl } });
    },
  );
});
