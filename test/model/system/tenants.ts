// The larger model: two accounts, three agents, three jobs of each account, and signed requests to two warm processes.

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
import type { Action, Answer } from './actions.ts';
import type { Actor } from './observer.ts';
import { createReporter, type ReportOf } from './parties.ts';
import { createRelayInMemory } from './relay-in-memory.ts';

/** What one process gets to do. Numbers are indexes into the existing things, modulo their count. */
export type Input =
  | PartnerInput
  | PullInput
  | { readonly kind: 'repeat'; readonly agent: number; readonly isDeclared: boolean }
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
  /** Indexes into all leases that any agent has had, oldest first. */
  readonly results: readonly number[];
  readonly renew: readonly number[];
  readonly release: readonly number[];
  /** Distinguishes the results of work that was done twice. */
  readonly variant: number;
}

const ORDERS = ['order-1', 'order-2', 'order-3'];

const at = <T>(list: readonly T[], index: number): T | undefined => list[index % Math.max(1, list.length)];

type AgentActor = Actor & { readonly kind: 'agent' };

export type Tenants = Awaited<ReturnType<typeof createTenants>>;

/** Returns the larger model with empty stores. */
export async function createTenants() {
  const world = await createWorld();
  const accounts = [ACCOUNT, sampleAccount()].map((account) => ({
    ...account,
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

  /** Returns what a warm function keeps: cached rows for a minute, and the agents that it has seen. */
  function warmProcess() {
    const { findKey, findAccount, ...directory } = world.ports.directory;
    const options = { seconds: TUNING.rowCacheSeconds, clock: relay.ports.clock };
    return {
      seenAgents: new SeenAgents(),
      heldLeases: new HeldLeases(),
      directory: { ...directory, findKey: cacheRows(findKey, options), findAccount: cacheRows(findAccount, options) },
    };
  }

  /** Returns the run of an action: it sends the request to a warm process, which uses the given ports. */
  const sendTo =
    (request: IncomingRequest, process: number): Action['run'] =>
    async (ports) => {
      const ask = world.askProcess({ ...world.ports, ...ports, ...processes[process % processes.length] } as never);
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

  /** Returns the agent's last request again, with the same signed bytes. */
  function repeatOf(input: Input & { kind: 'repeat' }) {
    const last = lastRequests.get(at(agents, input.agent)?.agent as Agent);
    if (!last || !input.isDeclared) return last;
    return { request: withHeaders(last.request, { [REPEAT_HEADER]: '1' }), actor: { ...last.actor, isRepeat: true } };
  }

  function partnerOf(input: PartnerInput, process: number): Action {
    const partner = at(partners, input.tenant) as Partner;
    const order = at(ORDERS, input.order) ?? '';
    const { accountId } = partner.key;
    if (input.kind === 'submit') {
      const body = { idempotencyKey: order, trackingUrl: TRACKING_URL, source: 'mail', rowId: order };
      const request = world.signedByPartner('POST', '/api/links/fetch', body, partner);
      return { name: `submit ${order}`, actor: { kind: 'partner', accountId }, run: sendTo(request, process) };
    }
    // The job may belong to the other account, and then must not be found.
    const jobId = deriveJobId(at(accounts, input.order)?.accountId ?? '', order);
    const request = world.signedByPartner('POST', '/api/links/cancel', { jobId }, partner);
    return {
      name: `cancel ${order}`,
      actor: { kind: 'partner', accountId, cancels: jobId },
      run: sendTo(request, process),
    };
  }

  return {
    relay,
    agents: agents.map(({ agent }) => agent),
    passSeconds(seconds: number) {
      relay.time.nowMs += seconds * 1000;
      world.time.nowMs = relay.time.nowMs;
    },
    /** Returns the action of an input, or undefined if there is no request to repeat. */
    actionOf(input: Input, process: number): Action | undefined {
      if (input.kind === 'sweep') return { name: 'sweep', actor: { kind: 'sweep' }, run: sweepOnce };
      if (isPartners(input)) return partnerOf(input, process);
      const pulled = input.kind === 'repeat' ? repeatOf(input) : pullOf(input);
      if (!pulled) return undefined;
      return { name: `${pulled.actor.agentId} pulls`, actor: pulled.actor, run: sendTo(pulled.request, process) };
    },
    learn({ json }: Answer) {
      const { jobs = [] } = (json ?? {}) as Partial<PullResponse>;
      leases.push(...jobs.map(({ lease }) => lease));
    },
    newestLeases: (count: number) => leases.map((_, index) => index).slice(leases.length - count),
  };
}

const sweepOnce: Action['run'] = async (ports) => {
  await sweep(ports);
  return { status: 200 };
};

const isPartners = (input: Input): input is PartnerInput => input.kind === 'submit' || input.kind === 'cancel';

function toAnswer({ status, json }: Response): Answer {
  if (status === 500) throw new Error(`${json.code}: no call fails without a fault`);
  return status < 300 ? { status, json } : { problem: json.code };
}
