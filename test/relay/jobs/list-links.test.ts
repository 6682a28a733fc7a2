// Listing jobs: an account gets its own jobs, newest first, each once over all pages. Invalid queries are refused.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JOB_STATES, type JobState } from '../../../lib/protocol/messages.ts';
import { viewJob } from '../../../lib/relay/model/job-view.ts';
import type { Job } from '../../../lib/relay/model/records.ts';
import { ACCOUNT, DAY, MINUTE, NOW, SECOND, sampleAccount, sampleJob } from '../../support/relay/samples.ts';
import {
  type Answer,
  createWorld,
  type Partner,
  plainRequest,
  sampleSubmission,
  type World,
} from '../../support/relay/world.ts';
import { makePartnerOf, PARTNER_WAYS } from '../../support/signing/partner-ways.ts';

type Query = Readonly<Record<string, string>>;

/** Any Unicode code point, with ASCII favored. fast-check's `binary` unit does the same, but takes seconds to initialize. */
const codePoint = fc.oneof(fc.integer({ max: 0x7f, min: 0 }), fc.integer({ max: 0x10ffff, min: 0 }));
const anyText = fc
  .array(codePoint, { maxLength: 120 })
  .map((points) => String.fromCodePoint(...points.filter((point) => point < 0xd800 || point > 0xdfff)));

const write = (query: Query) =>
  Object.entries(query)
    .map(([name, text]) => `${name}=${encodeURIComponent(text)}`)
    .join('&');

const listRaw = (world: World, query: string, by: Partner = world.partner) =>
  world.ask(world.signed(plainRequest({ path: '/api/links', query }), by));
const list = (world: World, query: Query = {}, by?: Partner) => listRaw(world, write(query), by);

const idsOf = ({ json }: Answer): string[] => json.jobs.map(({ jobId }: Job) => jobId);

/** Creates jobs one second apart, newest first. `differ` overrides fields of each. */
async function withJobs(count: number, differ: (index: number) => Partial<Job> = () => ({})) {
  const world = await createWorld();
  const jobs = Array.from({ length: count }, (_, index) =>
    sampleJob({ createdAt: NOW - index * SECOND, ...differ(index) }),
  );
  for (const job of jobs) await world.ports.jobs.create(job, NOW);
  return { world, jobs, ids: jobs.map(({ jobId }) => jobId) };
}

/** Reads every page, from the first to the one without a cursor. */
async function allPages(world: World, query: Query = {}): Promise<readonly Answer[]> {
  const pages: Answer[] = [];
  for (let cursor: string | undefined = ''; cursor !== undefined; ) {
    const page: Answer = await list(world, { ...query, ...(cursor && { cursor }) });
    expect(page.status).toBe(200);
    pages.push(page);
    cursor = page.json.cursor;
  }
  return pages;
}

/** Records the row limit of each read of the table. */
function recordReadLimits(world: World): readonly number[] {
  const limits: number[] = [];
  const { history } = world.ports;
  const readPage: typeof history.readPage = (accountId, range) => {
    limits.push(range.limit);
    return history.readPage(accountId, range);
  };
  world.ports.history = { ...history, readPage };
  return limits;
}

describe('a list', () => {
  it('returns each job as a single read does, newest first', async () => {
    const { world, jobs } = await withJobs(3);
    const { status, json } = await list(world);
    expect([status, json]).toEqual([200, { jobs: jobs.map((job) => viewJob(job, NOW, 'no_agent_online')) }]);
  });

  it('is empty for an account without jobs', async () => {
    expect((await list(await createWorld())).json).toEqual({ jobs: [] });
  });

  it('holds only the account’s own jobs, under every filter and with every cursor', async () => {
    const { world, jobs } = await withJobs(60);
    const account = sampleAccount();
    await world.putAccount(account);
    const stranger = await world.makePartner(account.accountId);
    const own = sampleJob({ accountId: account.accountId, createdAt: NOW - 100 * SECOND });
    await world.ports.jobs.create(own, NOW);
    const { cursor } = (await list(world)).json;
    const { idempotencyKey } = jobs[0]?.submission ?? {};
    for (const query of [{}, { state: 'queued' }, { since: new Date(NOW - DAY).toISOString() }, { cursor }])
      expect(idsOf(await list(world, query, stranger))).toEqual([own.jobId]);
    expect(idsOf(await list(world, { idempotencyKey: idempotencyKey ?? '' }, stranger))).toEqual([]);
  });

  it('omits a job that is 30 days old, even if its row still exists', async () => {
    const oldest = NOW - 30 * DAY + 1;
    const { world, jobs, ids } = await withJobs(2, (index) => ({ createdAt: oldest - index }));
    expect(idsOf(await list(world))).toEqual(ids.slice(0, 1));
    expect(idsOf(await list(world, { since: '2001-01-01T00:00:00Z' }))).toEqual(ids.slice(0, 1));
    const keys = jobs.map(({ submission }) => submission.idempotencyKey);
    for (const [index, idempotencyKey] of keys.entries())
      expect(idsOf(await list(world, { idempotencyKey }))).toEqual(index === 0 ? ids.slice(0, 1) : []);
  });
});

describe('pages', () => {
  it('hold 50 jobs, and a cursor while there are more; no row is read beyond a full page', async () => {
    const { world, ids } = await withJobs(120);
    const limits = recordReadLimits(world);
    const pages = await allPages(world);
    expect(pages.map((page) => idsOf(page).length)).toEqual([50, 50, 20]);
    expect(pages.flatMap(idsOf)).toEqual(ids);
    expect(limits).toEqual([50, 50, 50]);
  });

  it('continue in the middle of a read when a page became full there', async () => {
    const { world, jobs } = await withJobs(150, (index) => ({ state: index % 3 === 0 ? 'failed' : 'queued' }));
    const pages = await allPages(world, { state: 'queued' });
    expect(pages.map((page) => idsOf(page).length)).toEqual([50, 50]);
    const queued = jobs.filter(({ state }) => state === 'queued').map(({ jobId }) => jobId);
    expect(pages.flatMap(idsOf)).toEqual(queued);
  });

  it('carry no cursor when the last job fills the page', async () => {
    const { world } = await withJobs(50);
    expect((await list(world)).json).not.toHaveProperty('cursor');
  });

  it('examine at most 200 rows, and carry a cursor even if no row matched', async () => {
    const { world, ids } = await withJobs(201, (index) => ({ state: index === 200 ? 'completed' : 'queued' }));
    const limits = recordReadLimits(world);
    const [first, second, ...others] = await allPages(world, { state: 'completed' });
    expect(others).toEqual([]);
    expect([first?.json.jobs, second && idsOf(second)]).toEqual([[], ids.slice(200)]);
    expect(limits).toEqual([50, 50, 50, 50, 50]);
  });

  it('neither repeat nor miss a job when jobs are created and end between two pages', async () => {
    const { world, ids } = await withJobs(70);
    const first = await list(world);
    await world.submit(sampleSubmission());
    await world.ask(world.signedByPartner('POST', '/api/links/cancel', { jobId: ids[60] }));
    const second = await list(world, { cursor: first.json.cursor });
    expect([...idsOf(first), ...idsOf(second)]).toEqual(ids);
    expect(second.json.jobs[10]).toMatchObject({ jobId: ids[60], state: 'canceled' });
  });

  it('together hold exactly the matching jobs, in order', async () => {
    // Most jobs share a state, so that some lists fill pages from rows that match only in part.
    const state = fc.oneof({ weight: 4, arbitrary: fc.constant('completed' as const) }, fc.constantFrom(...JOB_STATES));
    const job = fc.record({ age: fc.nat({ max: 40 }), state });
    const filter = fc.record({ state, since: fc.nat({ max: 40 }) }, { requiredKeys: [] });
    await fc.assert(
      fc.asyncProperty(fc.array(job, { maxLength: 320, size: 'max' }), filter, async (made, { state, since }) => {
        const { world, jobs } = await withJobs(made.length, (index) => ({
          createdAt: NOW - (made[index]?.age ?? 0) * SECOND,
          state: made[index]?.state ?? 'queued',
        }));
        const from = since === undefined ? 0 : NOW - since * SECOND;
        const matching = jobs.filter(
          (candidate) => candidate.createdAt >= from && (!state || candidate.state === state),
        );
        const pages = await allPages(world, { ...(state && { state }), ...(from && { since: isoOf(from) }) });
        expect(pages.flatMap(idsOf)).toEqual(matching.toSorted(byPosition).map(({ jobId }) => jobId));
        expect(Math.max(...pages.map((page) => idsOf(page).length))).toBeLessThanOrEqual(50);
      }),
      { numRuns: 25 },
    );
  });
});

const isoOf = (epochMs: number) => new Date(epochMs).toISOString();
const byPosition = (a: Job, b: Job) => b.createdAt - a.createdAt || (a.jobId < b.jobId ? 1 : -1);

describe('a cursor', () => {
  it('holds a position and no account', async () => {
    const { world, jobs } = await withJobs(60);
    const position = Buffer.from((await list(world)).json.cursor, 'base64url').toString();
    expect(position).toBe(`${isoOf(jobs[49]?.createdAt ?? 0)}#${jobs[49]?.jobId}`);
  });

  const good = `2026-11-22T12:00:00.250Z#job_${'a'.repeat(52)}`;
  const encode = (position: string) => Buffer.from(position).toString('base64url');

  it('works even if its job no longer exists', async () => {
    const { world, ids } = await withJobs(3);
    const position = good.replace('00.250', '00.000');
    expect(idsOf(await list(world, { cursor: encode(position) }))).toEqual(ids.slice(1));
  });

  it('returns no jobs if it is older than `since`', async () => {
    const { world } = await withJobs(3);
    const { json } = await list(world, { cursor: encode(good), since: isoOf(NOW + MINUTE) });
    expect(json).toEqual({ jobs: [] });
  });

  it.each([
    ['nothing', ''],
    ['arbitrary text', 'next'],
    ['padding', `${encode(good)}==`],
    ['tail bits', `${encode(`${good}x`).slice(0, -1)}B`],
    ['a time without milliseconds', encode(good.replace('.250', ''))],
    ['no time', encode(good.slice(24))],
    ['a day that does not exist', encode(good.replace('11-22', '11-31'))],
    ['a year of five digits', encode(good.replace('2026', '+012026'))],
    ['a negative year', encode(good.replace('2026', '-000001'))],
    ['another time zone', encode(good.replace('Z', '+01:00'))],
    ['no job', encode(good.slice(0, 25))],
    ['a second job', encode(`${good}#job_1`)],
    ['a line break', encode(`${good}\n`)],
    ['other letters', encode(good.replaceAll('a', 'ä'))],
  ])('is refused with %s, and the error names the parameter', async (_what, cursor) => {
    const { status, json } = await list(await createWorld(), { cursor });
    expect([status, json.code]).toEqual([422, 'validation_failed']);
    expect(json.errors).toEqual([{ path: '/cursor', message: 'must be a cursor that a list returned, unchanged' }]);
  });
});

describe('filters', () => {
  it.each(JOB_STATES)('find the jobs that are %s', async (state) => {
    const { world, jobs } = await withJobs(12, (index) => ({ state: JOB_STATES[index % 6] as JobState }));
    const expected = jobs.filter((job) => job.state === state).map(({ jobId }) => jobId);
    expect(expected).toHaveLength(2);
    expect(idsOf(await list(world, { state }))).toEqual(expected);
  });

  it.each([
    ['2026-11-22T12:00:00.250Z', 1],
    ['2026-11-22T12:00:00.251Z', 0],
    ['2026-11-22T11:59:59.250Z', 2],
    ['2026-11-22T13:59:58.250+02:00', 3],
    ['2026-11-22T11:59:57Z', 4],
    ['9999-12-31T23:59:59-23:59', 0],
    ['0000-01-01T00:00:00+23:59', 5],
  ])('find the jobs that were created since %s', async (since, count) => {
    const { world } = await withJobs(5);
    expect(idsOf(await list(world, { since }))).toHaveLength(count);
  });

  it('find a job by its idempotency key with one read, for keys with any characters', async () => {
    const key = anyText.filter((text) => text !== '');
    const world = await createWorld();
    const { jobs, history } = world.ports;
    const reads: string[] = [];
    world.ports.history = { ...history, readPage: () => Promise.reject(new Error('a page was read')) };
    const find = (jobId: string) => {
      reads.push(jobId);
      return jobs.find(jobId);
    };
    await fc.assert(
      fc.asyncProperty(key, async (idempotencyKey) => {
        const { jobId } = (await world.submit(sampleSubmission({ idempotencyKey }))).json;
        world.ports.jobs = { ...jobs, find };
        reads.length = 0;
        const answer = await list(world, { idempotencyKey });
        expect([idsOf(answer), answer.json.cursor, reads]).toEqual([[jobId], undefined, [jobId]]);
      }),
      {
        numRuns: 40,
        examples: [
          ['é'],
          ['e\u0301'],
          ['%2B'],
          ['a+b c&d=e#f/~'],
          ['\0'],
          ['😀'.repeat(127)],
          ["it's"],
          ['x'.repeat(255)],
        ],
      },
    );
  });

  it('distinguish a composed letter from a decomposed one', async () => {
    const world = await createWorld();
    await world.submit(sampleSubmission({ idempotencyKey: 'é' }));
    expect(idsOf(await list(world, { idempotencyKey: 'e\u0301' }))).toEqual([]);
  });

  it('are percent-decoded only once', async () => {
    const world = await createWorld();
    const { jobId } = (await world.submit(sampleSubmission({ idempotencyKey: '%41' }))).json;
    expect(idsOf(await listRaw(world, 'idempotencyKey=%2541'))).toEqual([jobId]);
    expect(idsOf(await listRaw(world, 'idempotencyKey=%41'))).toEqual([]);
  });

  it('end at the next ampersand', async () => {
    const world = await createWorld();
    const { jobId } = (await world.submit(sampleSubmission({ idempotencyKey: 'a=b==?/' }))).json;
    expect(idsOf(await listRaw(world, 'idempotencyKey=a=b==?/&state=queued'))).toEqual([jobId]);
  });

  it('are combined, even with an idempotency key', async () => {
    const { world, jobs, ids } = await withJobs(2);
    const [{ submission: { idempotencyKey = '' } = {} } = {}] = jobs;
    const ask = async (query: Query) => idsOf(await list(world, { idempotencyKey, ...query })).length;
    expect(idsOf(await list(world, { idempotencyKey, state: 'queued' }))).toEqual(ids.slice(0, 1));
    expect(await ask({ state: 'leased' })).toBe(0);
    expect(await ask({ since: isoOf(NOW) })).toBe(1);
    expect(await ask({ since: isoOf(NOW + 1) })).toBe(0);
    const at = (epochMs: number, jobId = `job_${'a'.repeat(52)}`) =>
      Buffer.from(`${isoOf(epochMs)}#${jobId}`).toString('base64url');
    expect([await ask({ cursor: at(NOW - SECOND) }), await ask({ cursor: at(NOW + SECOND) })]).toEqual([0, 1]);
    expect(await ask({ cursor: at(NOW, ids[0]) })).toBe(0);
  });
});

describe('a query', () => {
  const TIME = 'must be a time such as 2026-11-22T12:00:00Z';
  const ENCODED = 'must be percent-encoded UTF-8: %20 for a space, %2B for a plus sign';
  const ONE_OF = `must be one of ${JOB_STATES.join(', ')}`;
  const UNKNOWN = /^is not a (?:parameter|field) of this request; remove it$/;

  it.each<[string, string, string | RegExp]>([
    ['state=', '/state', ONE_OF],
    ['state', '/state', ONE_OF],
    ['state=done', '/state', ONE_OF],
    ['state=Queued', '/state', ONE_OF],
    ['state=queued,leased', '/state', ONE_OF],
    ['state=queued&state=queued', '/state', 'must be given only once'],
    ['idempotencyKey=', '/idempotencyKey', 'must not be empty'],
    [`idempotencyKey=${'x'.repeat(256)}`, '/idempotencyKey', /at most 255/],
    ['idempotencyKey=a+b', '/idempotencyKey', ENCODED],
    ['idempotencyKey=a b', '/idempotencyKey', ENCODED],
    ['idempotencyKey=é', '/idempotencyKey', ENCODED],
    ['idempotencyKey=%', '/idempotencyKey', ENCODED],
    ['idempotencyKey=%zz', '/idempotencyKey', ENCODED],
    ['idempotencyKey=%ff', '/idempotencyKey', ENCODED],
    ['idempotencyKey=%ed%a0%80', '/idempotencyKey', ENCODED],
    ['since=', '/since', TIME],
    ['since=yesterday', '/since', TIME],
    ['since=1800000000', '/since', TIME],
    ['since=2026-11-22', '/since', TIME],
    ['since=2026-11-22T12:00Z', '/since', TIME],
    ['since=2026-11-22T12:00:00', '/since', TIME],
    ['since=2026-02-30T12:00:00Z', '/since', TIME],
    ['since=2026-11-22T12:00:00+01:00', '/since', ENCODED],
    ['limit=1000', '/limit', UNKNOWN],
    ['account=other', '/account', UNKNOWN],
    ['accountId=other', '/accountId', UNKNOWN],
    ['State=queued', '/State', UNKNOWN],
    ['st%61te=queued', '/st%61te', UNKNOWN],
    ['__proto__=1', '/__proto__', UNKNOWN],
    ['constructor=1', '/constructor', UNKNOWN],
    ['a~b/c=1', '/a~0b~1c', UNKNOWN],
    ['state=queued&', '/', UNKNOWN],
    ['=queued', '/', UNKNOWN],
    ['&', '/', UNKNOWN],
  ])('%s is refused, naming the parameter', async (query, path, message) => {
    const { status, json } = await listRaw(await createWorld(), query);
    expect([status, json.code]).toEqual([422, 'validation_failed']);
    expect(json.errors[0]).toEqual({
      path,
      message: message instanceof RegExp ? expect.stringMatching(message) : message,
    });
  });

  it('may be empty', async () => {
    const { world, ids } = await withJobs(1);
    expect(idsOf(await listRaw(world, ''))).toEqual(ids);
  });

  it('gets one error for each mistake, and at most twenty', async () => {
    const world = await createWorld();
    const { json } = await listRaw(world, 'state=x&since=y&limit=1');
    expect(json.errors.map(({ path }: { path: string }) => path).toSorted()).toEqual(['/limit', '/since', '/state']);
    const many = Array.from({ length: 99 }, () => 'state=x').join('&');
    expect((await listRaw(world, many)).json.errors).toHaveLength(20);
  });

  it('is answered or refused for any text, and never fails', async () => {
    const { world } = await withJobs(1);
    const name = fc.constantFrom('state', 'idempotencyKey', 'since', 'cursor', 'x', '');
    const part = fc.oneof(
      fc.string(),
      fc.tuple(name, anyText).map(([n, text]) => `${n}=${text}`),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 4 }), async (parts) => {
        expect([200, 422]).toContain((await listRaw(world, parts.join('&'))).status);
      }),
    );
  });
});

describe.each(PARTNER_WAYS)('under $name', (way) => {
  it(`${way.claimsReads ? 'answers a signed list request only once' : 'answers a signed list request every time'}`, async () => {
    const { world, ids } = await withJobs(1);
    const partner = await makePartnerOf(world, way);
    const request = world.signed(plainRequest({ path: '/api/links', query: 'state=queued' }), partner);
    const answers = [await world.ask(request), await world.ask(request)];
    expect(answers.map(({ status }) => status)).toEqual(way.claimsReads ? [200, 409] : [200, 200]);
    expect(answers[0] && idsOf(answers[0])).toEqual(ids);
  });

  it(`${way.bindsMethodAndPath ? 'verifies the query as it was received' : 'does not protect the query'}`, async () => {
    const { world } = await withJobs(1);
    const partner = await makePartnerOf(world, way);
    const request = world.signed(plainRequest({ path: '/api/links', query: 'state=queued' }), partner);
    for (const query of ['state=leased', 'state=%71ueued', '']) {
      const { status, json } = await world.ask({ ...request, query });
      if (way.bindsMethodAndPath) expect(json.code).toBe('signature_invalid');
      else expect([200, 409]).toContain(status);
    }
  });
});

it('refuses a list request with a body', async () => {
  const world = await createWorld();
  const request = plainRequest({ path: '/api/links', body: Buffer.from('{}') });
  expect((await world.ask(world.signed(request))).json.code).toBe('body_too_large');
});

it('refuses to list the jobs of a suspended account', async () => {
  const { world } = await withJobs(1);
  await world.putAccount({ ...ACCOUNT, state: 'suspended' });
  expect((await list(world)).json.code).toBe('account_suspended');
});
