// A play of two tenants: every route of the relay is an act, for which the attacker may use what the victim has.

import { ROUTES, type RouteName } from '../../../lib/api/routes.ts';
import { thumbprintOf } from '../../../lib/protocol/signatures/ed25519-public-key.ts';
import type { IncomingRequest } from '../../../lib/relay/http/request-pipeline.ts';
import { jwsFor } from '../../support/relay/evidence-samples.ts';
import { bytesOf, plainRequest, type World, withHeaders } from '../../support/relay/world.ts';
import { ed25519Pair, signMessage } from '../../support/signing/signing.ts';
import { createTwoTenants, remember, type Tenant, type TwoTenants } from './two-tenants.ts';

export interface Step {
  readonly who: 'victim' | 'attacker' | 'nobody';
  readonly route: RouteName;
  /** Which of the tenant's partner keys. */
  readonly by: 0 | 1;
  /** Which of the things that it has, and which variant of the act. */
  readonly index: number;
  /** With what the other has. Only the attacker steals. */
  readonly isTheft: boolean;
  /** For nobody's steps: how much time passes. */
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
  /** Whose things are used. */
  readonly from: Tenant;
  readonly index: number;
}

type Act = (scene: Scene) => Draft;

const NO_JOB = `job_${'a'.repeat(52)}`;
const pick = <T>(list: readonly T[], index: number): T | undefined => list[index % Math.max(1, list.length)];
/** The newest ones first: they are not from the opening. */
const jobOf = ({ from, index }: Scene) => pick(from.jobIds.toReversed(), index) ?? NO_JOB;
const ofJob: Act = (scene) => ({ jobId: jobOf(scene) });

/** Both tenants use the same few keys. */
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

/** Signed by the reporter, as the lease's own account or as the reporter's. */
function report({ world, me, from, index }: Scene) {
  const leased = pick(from.leased, index);
  if (!leased || !me.agent) return [];
  const { accountId } = index % 2 === 0 ? me.account : from.account;
  const made = { lease: leased.lease, jws: jwsFor(world, leased, { payload: { accountId }, by: me.agent }) };
  me.reports.push(made);
  return [made];
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

/** In how many ways an act can be done. */
export const VARIANTS: Partial<Readonly<Record<RouteName, number>>> = {
  listLinks: QUERIES.length,
  pullJobs: PULLS.length,
  submitLink: 4,
};

/** Every act, in all its variants, by each of these in turn. */
export function tourOf(visitors: readonly Pick<Step, 'who' | 'isTheft'>[]): readonly Step[] {
  return ROUTE_NAMES.flatMap((route) =>
    Array.from({ length: VARIANTS[route] ?? 1 }).flatMap((_, index) =>
      visitors.map((visitor): Step => ({ ...visitor, route, by: (index % 2) as 0 | 1, index, seconds: 1 })),
    ),
  );
}

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
  // The other tenant's are the same.
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

/** An agent is enrolled, has worked, and been late; there is a cursor. */
const opening = (who: Step['who']): readonly Step[] => [
  step(who, 'enrollAgent'),
  step(who, 'submitLink'),
  step(who, 'submitLink', 1),
  step(who, 'pullJobs'),
  step(who, 'pullJobs', 1),
  step(who, 'listLinks'),
];

/** How it ends. When the victim is alone, the attacker's steps are left out. */
export async function play(
  script: readonly Step[],
  { isAlone = false, spoil }: { isAlone?: boolean; spoil?: ((two: TwoTenants) => void) | undefined } = {},
): Promise<TwoTenants> {
  const two = await createTwoTenants();
  spoil?.(two);
  for (const one of [...opening('victim'), ...opening('attacker'), ...script]) {
    if (one.who === 'nobody') await two.turn(one.seconds);
    else if (one.who === 'victim' || !isAlone) await act(two, one);
  }
  return two;
}
