// Isolation: nothing that one account does, with its own or with stolen ids, is seen or noticed by another account.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ROUTES, type RouteName } from '../../../lib/api/routes.ts';
import type { Tenant, TwoTenants } from './two-tenants.ts';
import { play, ROUTE_NAMES, type Step, tourOf } from './two-tenants-play.ts';

/** Returns everything that the victim was answered, and everything that is stored of it. Receipts are made equal. */
async function traceOf({ world, victim }: TwoTenants) {
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

/** Returns the secrets of the victim that the attacker received without having sent them itself. */
function leaksTo({ victim, attacker }: TwoTenants): readonly string[] {
  const secrets = [victim.canary, victim.agent?.key.keyId ?? victim.canary, ...victim.jobIds];
  const answers = attacker.exchanges.map(({ request, answer }) => ({
    sent:
      JSON.stringify([request.path, request.query, request.headers, request.body.toString()]) + decoded(request.query),
    received: JSON.stringify(answer) + decoded(answer.text),
  }));
  const deliveries = attacker.deliveries.map((received) => ({ sent: '', received }));
  return [...answers, ...deliveries].flatMap(({ sent, received }) =>
    secrets.filter((secret) => received.includes(secret) && !sent.includes(secret)),
  );
}

/** Decodes everything in a text that looks like base64url, such as cursors and evidence. */
function decoded(text: string): string {
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

/** Every act of both tenants in all variants. The attacker performs each with its own ids and with the victim's. */
const TOUR = tourOf([
  { who: 'victim', isTheft: false },
  { who: 'attacker', isTheft: true },
  { who: 'attacker', isTheft: false },
  { who: 'nobody', isTheft: false },
]);

/** Expects that the victim's trace is the same with the attacker and without, and that the attacker learns nothing. */
async function expectIsolation(script: readonly Step[], addBug?: (two: TwoTenants) => void): Promise<void> {
  const withAttacker = await play(script, { prepare: addBug });
  expect(leaksTo(withAttacker)).toEqual([]);
  const alone = await play(script, { isAlone: true, prepare: addBug });
  expect(await traceOf(withAttacker)).toEqual(await traceOf(alone));
}

describe('the acts', () => {
  it('cover every route, and each succeeds at least once for both tenants', async () => {
    expect(ROUTE_NAMES.toSorted()).toEqual(Object.keys(ROUTES).toSorted());
    const { victim, attacker } = await play(TOUR);
    for (const tenant of [victim, attacker]) expect(routesThatSucceeded(tenant)).toEqual(ROUTE_NAMES.toSorted());
  });

  it('give the victim everything that can be stolen', async () => {
    const { victim } = await play(TOUR);
    for (const list of [victim.jobIds, victim.cursors, victim.leased, victim.reports, victim.deliveries])
      expect(list.length).toBeGreaterThan(0);
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
  it('are isolated on a tour of all acts', async () => {
    await expectIsolation(TOUR);
  });

  it('are isolated in any sequence of acts', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(steps, { minLength: 5, maxLength: 25 }), (script) => expectIsolation(script)),
      { numRuns: 12 },
    );
  });
});

/** Bugs that would break the isolation. */
const BUGS: Readonly<Record<string, (two: TwoTenants) => void>> = {
  'a list that ignores the account': ({ world: { ports }, victim }) => {
    const { readPage } = ports.history;
    ports.history = { ...ports.history, readPage: (_, range) => readPage(victim.account.accountId, range) };
  },
  'jobs that belong to every account': ({ world: { ports }, attacker }) => {
    const { find } = ports.jobs;
    const { accountId } = attacker.account;
    ports.jobs = { ...ports.jobs, find: async (jobId) => adopt(await find(jobId), accountId) };
  },
  'one quota for all accounts': ({ world: { ports } }) => {
    const { take } = ports.quota;
    ports.quota = { ...ports.quota, take: (_, ...rest) => take('all', ...rest) };
  },
  'one-time values without the key': ({ world: { ports } }) => {
    const { claim } = ports.oneTimeValues;
    ports.oneTimeValues = { ...ports.oneTimeValues, claim: (value, nowMs) => claim({ ...value, keyId: 'all' }, nowMs) };
  },
  'one queue for all accounts': ({ world: { ports }, victim }) => {
    const { receive } = ports.queues;
    const { accountId } = victim.account;
    ports.queues = { ...ports.queues, receive: (pool, options) => receive({ ...pool, accountId }, options) };
  },
  'endpoints that belong to every account': ({ world: { ports }, attacker }) => {
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

describe('the tour', () => {
  it.each(Object.entries(BUGS))('detects %s', async (_what, addBug) => {
    await expect(expectIsolation(TOUR, addBug)).rejects.toThrow(/deeply equal/);
  });
});
