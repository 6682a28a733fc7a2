// The larger case: two accounts, three agents, three jobs of each account, two warm processes, every request signed and through the front door.

import { cacheRows } from '../../../lib/aws/table/row-cache.ts';
import { REPEAT_HEADER } from '../../../lib/protocol/http-message.ts';
import type { Lease, PullResponse } from '../../../lib/protocol/messages.ts';
import type { IncomingRequest } from '../../../lib/relay/http/request-pipeline.ts';
import { HeldLeases } from '../../../lib/relay/leasing/held-leases.ts';
import { SeenAgents } from '../../../lib/relay/leasing/seen-agents.ts';
import { deriveJobId } from '../../../lib/relay/model/job-identity.ts';
import { TUNING } from '../../../lib/relay/model/tuning.ts';
import { sweep } from '../../../lib/relay/sweep/sweep.ts';
import { ACCOUNT, sampleAccount, TRACKING_URL } from '../../support/relay/samples.ts';
import {
  type Agent,
  createWorld,
  type Partner,
  type Answer as Response,
  withHeaders,
} from '../../support/relay/world.ts';
import type { Act, Answer } from './acts.ts';
import type { Actor } from './observe.ts';
import { createReporter, type ReportOf } from './parties.ts';
import { createRelayInMemory } from './relay-in-memory.ts';

/** Whose turn it is to want what. Numbers point into whatever there is then, and go round. */
export type Input =
  | PartnerInput
  | PullInput
  | { readonly kind: 'repeat'; readonly agent: number; readonly says: boolean }
  | { readonly kind: 'sweep' };

interface PartnerInput {
  readonly kind: 'submit' | 'cancel';
  readonly tenant: number;
  readonly order: number;
}

interface PullInput {
  readonly kind: 'pull';
  readonly agent: number;
  readonly want: number;
  /** Of all the leases that anybody was ever given, oldest first. */
  readonly results: readonly number[];
  readonly renew: readonly number[];
  readonly release: readonly number[];
  /** Tells work that was done twice apart. */
  readonly variant: number;
}

const ORDERS = ['order-1', 'order-2', 'order-3'];

const at = <T>(list: readonly T[], index: number): T | undefined => list[index % Math.max(1, list.length)];

type AgentActor = Actor & { readonly kind: 'agent' };

export type Tenants = Awaited<ReturnType<typeof createTenants>>;

export async function createTenants() {
  const world = await createWorld();
  const accounts = [ACCOUNT, sampleAccount()].map((one) => ({
    ...one,
    pools: ['default'] as const,
    jobDeadlineSeconds: 3_600,
  }));
  for (const account of accounts) await world.putAccount(account);
  const relay = createRelayInMemory(accounts.map(({ accountId }) => ({ accountId, pool: 'default' })));
  const partners: readonly Partner[] = await Promise.all(accounts.map(({ accountId }) => world.makePartner(accountId)));
  const agents = await Promise.all([0, 0, 1].map((tenant, index) => enroll(tenant, ([1, 2, 3] as const)[index] ?? 1)));
  const processes = [warmProcess(), warmProcess()];
  const leases: Lease[] = [];
  const lastRequests = new Map<Agent, { readonly request: IncomingRequest; readonly actor: AgentActor }>();

  async function enroll(tenant: number, pair: 1 | 2 | 3) {
    const account = accounts[tenant] ?? ACCOUNT;
    const agent = await world.makeAgent(pair, { accountId: account.accountId });
    return { agent, report: createReporter({ account, key: agent.key, privateKey: agent.privateKey }) };
  }

  /** What a warm function keeps: rows for a minute, and whom it has seen. */
  function warmProcess() {
    const { findKey, findAccount, ...directory } = world.ports.directory;
    const options = { seconds: TUNING.rowCacheSeconds, clock: relay.ports.clock };
    return {
      seenAgents: new SeenAgents(),
      heldLeases: new HeldLeases(),
      directory: { ...directory, findKey: cacheRows(findKey, options), findAccount: cacheRows(findAccount, options) },
    };
  }

  /** A process that is asked; `own` are the ports that it was given, broken or slow as they may be. */
  const asking =
    (request: IncomingRequest, process: number): Act['run'] =>
    async (own) => {
      const ask = world.askProcess({ ...world.ports, ...own, ...processes[process % processes.length] } as never);
      return toAnswer(await ask(request));
    };

  const picked = (places: readonly number[]) => [...new Set(places.flatMap((place) => at(leases, place) ?? []))];

  function pullOf(input: PullInput) {
    const { agent, report } = at(agents, input.agent) as { agent: Agent; report: ReportOf };
    const [results, renew, release] = [picked(input.results), picked(input.renew), picked(input.release)];
    const reports = results.map((lease) => report(lease, input.variant));
    const request = world.signedByAgent({ want: input.want, results: reports, renew, release }, agent);
    const { keyId: agentId, accountId, pool } = agent.key;
    const actor = {
      kind: 'agent',
      agentId,
      accountId,
      pool,
      results,
      renew,
      release,
      oneTimeValue: request.requestId,
      isRepeat: false,
    } as const;
    lastRequests.set(agent, { request, actor });
    return { request, actor };
  }

  /** The bytes that were signed, once more. */
  function repeatOf(input: Input & { kind: 'repeat' }) {
    const last = lastRequests.get(at(agents, input.agent)?.agent as Agent);
    if (!last || !input.says) return last;
    return { request: withHeaders(last.request, { [REPEAT_HEADER]: '1' }), actor: { ...last.actor, isRepeat: true } };
  }

  function partnerOf(input: PartnerInput, process: number): Act {
    const partner = at(partners, input.tenant) as Partner;
    const order = at(ORDERS, input.order) ?? '';
    const { accountId } = partner.key;
    if (input.kind === 'submit') {
      const body = { idempotencyKey: order, trackingUrl: TRACKING_URL, source: 'mail', rowId: order };
      const request = world.signedByPartner('POST', '/api/links/fetch', body, partner);
      return { name: `submit ${order}`, actor: { kind: 'partner', accountId }, run: asking(request, process) };
    }
    // Also the other account's, which is not there for this one.
    const jobId = deriveJobId(at(accounts, input.order)?.accountId ?? '', order);
    const request = world.signedByPartner('POST', '/api/links/cancel', { jobId }, partner);
    return {
      name: `cancel ${order}`,
      actor: { kind: 'partner', accountId, cancels: jobId },
      run: asking(request, process),
    };
  }

  return {
    relay,
    agents: agents.map(({ agent }) => agent),
    pass(seconds: number) {
      relay.time.nowMs += seconds * 1000;
      world.time.nowMs = relay.time.nowMs;
    },
    /** Undefined where there is nothing to repeat. */
    actOf(input: Input, process: number): Act | undefined {
      if (input.kind === 'sweep') return { name: 'sweep', actor: { kind: 'sweep' }, run: sweepOnce };
      if (isPartners(input)) return partnerOf(input, process);
      const pulled = input.kind === 'repeat' ? repeatOf(input) : pullOf(input);
      if (!pulled) return undefined;
      return { name: `${pulled.actor.agentId} pulls`, actor: pulled.actor, run: asking(pulled.request, process) };
    },
    learn({ json }: Answer) {
      const { jobs = [] } = (json ?? {}) as Partial<PullResponse>;
      leases.push(...jobs.map(({ lease }) => lease));
    },
    newestLeases: (count: number) => leases.map((_, index) => index).slice(leases.length - count),
  };
}

const sweepOnce: Act['run'] = async (own) => {
  await sweep(own);
  return { status: 200 };
};

const isPartners = (input: Input): input is PartnerInput => input.kind === 'submit' || input.kind === 'cancel';

function toAnswer({ status, json }: Response): Answer {
  if (status === 500) throw new Error(`${json.code}: nothing fails of itself`);
  return status < 300 ? { status, json } : { problem: json.code };
}
