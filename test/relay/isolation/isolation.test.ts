// Isolation: whatever one account does, with its own things or with another's, the other neither sees it nor feels it.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ROUTES, type RouteName } from '../../../lib/api/routes.ts';
import type { Tenant, TwoTenants } from './two-tenants.ts';
import { play, ROUTE_NAMES, type Step, tourOf } from './two-tenants-play.ts';

/** All that the victim was told, and all that is kept of it. Receipts are opaque, and numbered across all queues. */
async function lifeOf({ world, victim }: TwoTenants) {
  const { accountId } = victim.account;
  const jobs = world.ports.jobs.all().filter((job) => job.accountId === accountId);
  return {
    answers: victim.exchanges.map(({ answer: { status, headers, text } }) => ({
      status,
      headers,
      text: text.replaceAll(/receipt-\d+/g, 'receipt'),
    })),
    deliveries: victim.deliveries,
    jobs,
    evidence: await Promise.all(jobs.map(({ jobId }) => world.ports.evidence.find(jobId))),
    quota: await world.ports.quota.read(accountId, world.time.nowMs),
    messages: world.ports.queues.hiddenSeconds({ accountId, pool: 'default' }),
  };
}

/** What the attacker was told of the victim, and did not say itself. */
function leaksTo({ victim, attacker }: TwoTenants): readonly string[] {
  const secrets = [victim.canary, victim.agent?.key.keyId ?? victim.canary, ...victim.jobIds];
  const heard = attacker.exchanges.map(({ request, answer }) => ({
    said:
      JSON.stringify([request.path, request.query, request.headers, request.body.toString()]) + opened(request.query),
    told: JSON.stringify(answer) + opened(answer.text),
  }));
  const delivered = attacker.deliveries.map((told) => ({ said: '', told }));
  return [...heard, ...delivered].flatMap(({ said, told }) =>
    secrets.filter((secret) => told.includes(secret) && !said.includes(secret)),
  );
}

/** Everything in it that looks like base64url, decoded: cursors, evidence. */
function opened(text: string): string {
  return (text.match(/[A-Za-z0-9_-]{40,}/g) ?? []).map((word) => Buffer.from(word, 'base64url').toString()).join(' ');
}

const steps: fc.Arbitrary<Step> = fc.record({
  who: fc.constantFrom('victim', 'victim', 'attacker', 'attacker', 'attacker', 'nobody'),
  route: fc.constantFrom<RouteName>(...ROUTE_NAMES, 'submitLink', 'submitLink', 'pullJobs', 'pullJobs', 'pullJobs'),
  by: fc.constantFrom(0, 1),
  index: fc.nat(11),
  isTheft: fc.boolean(),
  seconds: fc.constantFrom(1, 61, 125),
});

/** Every act of each, in all variants, the attacker's with its own things and with the victim's. */
const TOUR = tourOf([
  { who: 'victim', isTheft: false },
  { who: 'attacker', isTheft: true },
  { who: 'attacker', isTheft: false },
  { who: 'nobody', isTheft: false },
]);

async function expectApart(script: readonly Step[], spoil?: (two: TwoTenants) => void): Promise<void> {
  const together = await play(script, { spoil });
  expect(leaksTo(together)).toEqual([]);
  const alone = await play(script, { isAlone: true, spoil });
  expect(await lifeOf(together)).toEqual(await lifeOf(alone));
}

describe('the acts', () => {
  it('are all routes, and each is one that succeeds for both tenants', async () => {
    expect(ROUTE_NAMES.toSorted()).toEqual(Object.keys(ROUTES).toSorted());
    const { victim, attacker } = await play(TOUR);
    for (const tenant of [victim, attacker]) expect(routesThatSucceeded(tenant)).toEqual(ROUTE_NAMES.toSorted());
  });

  it('reach every kind of thing that can be stolen', async () => {
    const { victim } = await play(TOUR);
    for (const things of [victim.jobIds, victim.cursors, victim.leased, victim.reports, victim.deliveries])
      expect(things.length).toBeGreaterThan(0);
  });
});

function routesThatSucceeded({ exchanges }: Tenant): readonly string[] {
  const succeeded = exchanges.filter(({ answer }) => answer.status < 300).map(({ request }) => request);
  return ROUTE_NAMES.filter((name) => {
    const pattern = new RegExp(`^${ROUTES[name].path.replace('{jobId}', 'job_[a-z2-7]{52}')}$`);
    return succeeded.some(({ method, path }) => method === ROUTES[name].method && pattern.test(path));
  }).toSorted();
}

describe('two accounts', () => {
  it('are apart on a tour of all acts', async () => {
    await expectApart(TOUR);
  });

  it('are apart whatever they do', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(steps, { minLength: 5, maxLength: 25 }), (script) => expectApart(script)),
      { numRuns: 12 },
    );
  });
});

/** Slips that would let one account into another's affairs. */
const SLIPS: Readonly<Record<string, (two: TwoTenants) => void>> = {
  'a list that forgets whose it is': ({ world: { ports }, victim }) => {
    const { readPage } = ports.history;
    ports.history = { ...ports.history, readPage: (_, range) => readPage(victim.account.accountId, range) };
  },
  'jobs that belong to whoever asks': ({ world: { ports }, attacker }) => {
    const { find } = ports.jobs;
    const { accountId } = attacker.account;
    ports.jobs = { ...ports.jobs, find: async (jobId) => adopt(await find(jobId), accountId) };
  },
  'one quota for all': ({ world: { ports } }) => {
    const { take } = ports.quota;
    ports.quota = { ...ports.quota, take: (_, ...rest) => take('all', ...rest) };
  },
  'one-time values without the key': ({ world: { ports } }) => {
    const { claim } = ports.oneTimeValues;
    ports.oneTimeValues = { ...ports.oneTimeValues, claim: (value, nowMs) => claim({ ...value, keyId: 'all' }, nowMs) };
  },
  'one queue for all': ({ world: { ports }, victim }) => {
    const { receive } = ports.queues;
    const { accountId } = victim.account;
    ports.queues = { ...ports.queues, receive: (pool, options) => receive({ ...pool, accountId }, options) };
  },
  'endpoints of everybody': ({ world: { ports }, attacker }) => {
    const { listEndpoints, findEndpoint } = ports.directory;
    const { accountId } = attacker.account;
    ports.directory = {
      ...ports.directory,
      listEndpoints: () => listEndpoints(accountId),
      findEndpoint: (_, endpointId) => findEndpoint(accountId, endpointId),
    };
  },
};

function adopt<J extends { readonly accountId: string }>(job: J | undefined, accountId: string): J | undefined {
  return job && { ...job, accountId };
}

describe('the tour notices', () => {
  it.each(Object.entries(SLIPS))('%s', async (_what, slip) => {
    await expect(expectApart(TOUR, slip)).rejects.toThrow(/deeply equal/);
  });
});
