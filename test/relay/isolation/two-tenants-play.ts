// Scripts for two tenants: every route of the relay is an act, and the attacker may use the victim's ids in it.

import { ROUTES, type RouteName } from '../../../lib/api/routes.ts';
import { thumbprintOf } from '../../../lib/protocol/signatures/ed25519-public-key.ts';
import type { IncomingRequest } from '../../../lib/relay/http/request-pipeline.ts';
import { jwsFor } from '../../support/relay/evidence-samples.ts';
import { bytesOf, plainRequest, type World, withHeaders } from '../../support/relay/world.ts';
import { ed25519Pair, signMessage } from '../../support/signing/signing.ts';
import { createTwoTenants, remember, type Tenant, type TwoTenants } from './two-tenants.ts';

/** One step of a script: an act of a tenant, or time that passes. */
export interface Step {
  readonly who: 'victim' | 'attacker' | 'nobody';
  readonly route: RouteName;
  /** The index of the tenant's partner key. */
  readonly by: 0 | 1;
  /** Selects the job, lease or cursor to use, and the variant of the act. */
  readonly index: number;
  /** True: the attacker uses the victim's jobs, leases and cursors. */
  readonly isTheft: boolean;
  /** The time that passes in a step in which `who` is `nobody`. */
  readonly seconds: number;
}

interface Draft {
  readonly jobId?: string;
  readonly query?: string;
  readonly body?: unknown;
}

interface Scene {
  readonly world: World;
  readonly me: Tenant;
  /** The tenant whose jobs, leases and cursors are used. */
  readonly from: Tenant;
  readonly index: number;
}

type Act = (scene: Scene) => Draft;

const NO_JOB = `job_${'a'.repeat(52)}`;
const pick = <T>(list: readonly T[], index: number): T | undefined => list[index % Math.max(1, list.length)];
/** Prefers the newest jobs, which are not from the opening. */
const jobOf = ({ from, index }: Scene) => pick(from.jobIds.toReversed(), index) ?? NO_JOB;
const ofJob: Act = (scene) => ({ jobId: jobOf(scene) });

/** Both tenants use the same few idempotency keys. */
function submissionOf({ canary }: Tenant, index: number) {
  return {
    idempotencyKey: `key-${index % 4}`,
    trackingUrl: `https://click.example.com/${canary}`,
    source: canary,
    rowId: `${canary}-${index % 3}`,
    metadata: { [canary]: canary },
  };
}

const QUERIES: readonly ((scene: Scene) => string)[] = [
  () => '',
  ({ from, index }) => `cursor=${pick(from.cursors, index) ?? ''}`,
  ({ index }) => `idempotencyKey=key-${index % 4}`,
  () => 'state=completed',
];

const PULLS: readonly ((scene: Scene) => object)[] = [
  () => ({ want: 1 }),
  (scene) => ({ want: 0, results: report(scene) }),
  ({ from, index }) => ({ want: 0, renew: one(pick(from.leased, index)?.lease) }),
  ({ from, index }) => ({ want: 0, release: one(pick(from.leased, index)?.lease) }),
  ({ from, index }) => ({ want: 0, results: one(pick(from.reports, index)) }),
];

const one = <T>(thing: T | undefined): T[] => (thing === undefined ? [] : [thing]);

/** Returns evidence that the reporter signed, for its own account or for the account of the lease. */
function report({ world, me, from, index }: Scene) {
  const leased = pick(from.leased, index);
  if (!leased || !me.agent) return [];
  const { accountId } = index % 2 === 0 ? me.account : from.account;
  const result = { lease: leased.lease, jws: jwsFor(world, leased, { payload: { accountId }, by: me.agent }) };
  me.reports.push(result);
  return [result];
}

const ACTS: Readonly<Record<RouteName, Act>> = {
  submitLink: ({ me, index }) => ({ body: submissionOf(me, index) }),
  submitBatch: ({ me, index }) => ({ body: { jobs: [0, 1, 2].map((item) => submissionOf(me, index + item)) } }),
  cancelLink: (scene) => ({ body: { jobId: jobOf(scene) } }),
  deleteLink: ofJob,
  listLinks: (scene) => ({ query: pick(QUERIES, scene.index)?.(scene) ?? '' }),
  getLink: ofJob,
  getEvidence: ({ from, index }) => ({ jobId: pick(from.leased, index)?.lease.jobId ?? NO_JOB }),
  getTimeline: ofJob,
  checkAuth: ({ index }) => ({ body: { index } }),
  getQuota: () => ({}),
  enrollAgent: ({ me, from }) => ({ body: { token: from.token, publicKey: ed25519Pair(me.pair).publicKey } }),
  pullJobs: (scene) => ({ body: pick(PULLS, scene.index)?.(scene) }),
  openApi: () => ({}),
  health: () => ({}),
};

/** The number of variants of each act that has more than one. */
export const VARIANTS: Partial<Readonly<Record<RouteName, number>>> = {
  // One for each key of a tenant: link-peeler may not DELETE, and rfc9421 may.
  deleteLink: 2,
  listLinks: QUERIES.length,
  pullJobs: PULLS.length,
  submitLink: 4,
};

/** Returns a script in which each of the visitors performs every act in all its variants. */
export function tourOf(visitors: readonly Pick<Step, 'who' | 'isTheft'>[]): readonly Step[] {
  return ROUTE_NAMES.flatMap((route) =>
    Array.from({ length: VARIANTS[route] ?? 1 }).flatMap((_, index) =>
      visitors.map((visitor): Step => ({ ...visitor, route, by: (index % 2) as 0 | 1, index, seconds: 1 })),
    ),
  );
}

/** The names of the routes that have an act. */
export const ROUTE_NAMES = Object.keys(ACTS) as RouteName[];

async function act(two: TwoTenants, { who, route, by, index, isTheft }: Step): Promise<void> {
  const me = who === 'victim' ? two.victim : two.attacker;
  const from = isTheft && who === 'attacker' ? two.victim : me;
  const { jobId = NO_JOB, query = '', body } = ACTS[route]({ world: two.world, me, from, index });
  const { method, path } = ROUTES[route];
  const request = plainRequest({
    requestId: `${me.canary}-request-${me.exchanges.length}`,
    method,
    path: path.replace('{jobId}', jobId),
    query,
    ...(body !== undefined && { body: bytesOf(body) }),
  });
  const signed = sign(two.world, me, { request, route, by });
  remember(me, signed, await two.world.ask(signed));
}

function sign(
  world: World,
  me: Tenant,
  { request, route, by }: { request: IncomingRequest; route: RouteName; by: 0 | 1 },
): IncomingRequest {
  const { audience } = ROUTES[route];
  const { privateKey, publicKey } = ed25519Pair(me.pair);
  // Both tenants use the same nonces.
  const fresh = { timestampMs: world.time.nowMs, nonce: `nonce-of-request-${me.exchanges.length}` };
  if (audience === 'anyone') return request;
  if (audience === 'partner') return world.signed(request, me.partners[by], fresh);
  const who =
    audience === 'agent'
      ? { keyId: me.agent?.key.keyId ?? '', tag: 'signet' }
      : { keyId: thumbprintOf(publicKey), tag: 'signet-enroll' };
  return withHeaders(request, signMessage(request, privateKey, { ...fresh, ...who }));
}

function step(who: Step['who'], route: RouteName, index = 0): Step {
  return { who, route, by: 0, index, isTheft: false, seconds: 1 };
}

/** The first steps of a tenant: it enrols an agent, submits, leases and reports jobs, and gets a cursor. */
const opening = (who: Step['who']): readonly Step[] => [
  step(who, 'enrollAgent'),
  step(who, 'submitLink'),
  step(who, 'submitLink', 1),
  step(who, 'pullJobs'),
  step(who, 'pullJobs', 1),
  step(who, 'listLinks'),
];

/** Runs a script and returns both tenants. Calls `prepare` first. With `isAlone`, the attacker’s steps are left out. */
export async function play(
  script: readonly Step[],
  { isAlone = false, prepare }: { isAlone?: boolean; prepare?: ((two: TwoTenants) => void) | undefined } = {},
): Promise<TwoTenants> {
  const two = await createTwoTenants();
  prepare?.(two);
  for (const next of [...opening('victim'), ...opening('attacker'), ...script]) {
    if (next.who === 'nobody') await two.runBackground(next.seconds);
    else if (next.who === 'victim' || !isAlone) await act(two, next);
  }
  return two;
}
