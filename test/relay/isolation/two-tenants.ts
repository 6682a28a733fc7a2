// Two accounts in one relay, with their partners, agents and webhooks. Names, nonces and times are the same in every run.

import { LIMITS } from '../../../lib/api/limits.ts';
import { ensurePartnerKey } from '../../../lib/local/demo/ensure-key.ts';
import { hashToken } from '../../../lib/protocol/enrollment-token.ts';
import type { LeasedJob, ResultReport } from '../../../lib/protocol/messages.ts';
import { deliverEvent } from '../../../lib/relay/delivery/deliver-event.ts';
import { publishEvents } from '../../../lib/relay/delivery/publish-event.ts';
import type { IncomingRequest } from '../../../lib/relay/http/request-pipeline.ts';
import type { Account, AgentKey } from '../../../lib/relay/model/records.ts';
import { sweep } from '../../../lib/relay/sweep/sweep.ts';
import { ACCOUNT, HOUR, NOW, SECOND, sampleEndpoint, sampleGrant, sampleJob } from '../../support/relay/samples.ts';
import { type Agent, type Answer, createWorld, type Partner, type World } from '../../support/relay/world.ts';
import { ed25519Pair } from '../../support/signing/signing.ts';

/** One of the two accounts, and what it got from the relay. */
export interface Tenant {
  /** A word in everything that only this tenant may know. The other tenant's data never contains it. */
  readonly canary: string;
  readonly account: Account;
  /** One partner for each of two profiles. */
  readonly partners: readonly [Partner, Partner];
  readonly token: string;
  readonly pair: 1 | 2;
  /** Undefined until the agent is enrolled. */
  agent: Agent | undefined;
  /** The jobs that the relay has named to the tenant, oldest first. */
  readonly jobIds: string[];
  readonly cursors: string[];
  readonly leased: LeasedJob[];
  readonly reports: ResultReport[];
  readonly exchanges: { readonly request: IncomingRequest; readonly answer: Answer }[];
  /** The headers and bodies that its webhook received. */
  readonly deliveries: string[];
}

/** The relay with both tenants. */
export interface TwoTenants {
  readonly world: World;
  readonly victim: Tenant;
  readonly attacker: Tenant;
  /** Lets time pass, and runs everything that the relay does without a request. */
  readonly runBackground: (seconds: number) => Promise<void>;
}

/** Limits that are small enough for the tenants to reach them. */
const QUOTA = { jobsPerMonth: 8, jobsPerMinute: 5 };

/** Returns a new relay with a victim and an attacker. */
export async function createTwoTenants(): Promise<TwoTenants> {
  const world = await createWorld();
  const victim = await createTenant(world, 'kanarienvogel', 1);
  const attacker = await createTenant(world, 'schwarzdrossel', 2);
  world.ports.sender = {
    post: async (url, headers, body) => {
      const receiver = [victim, attacker].find(({ canary }) => url.includes(canary));
      receiver?.deliveries.push(JSON.stringify([url, headers, Buffer.from(body).toString()]));
      return { kind: 'answer', status: 204, headers: {} };
    },
  };
  return { world, victim, attacker, runBackground: createBackground(world) };
}

async function createTenant(world: World, canary: string, pair: 1 | 2): Promise<Tenant> {
  const accountId = `account-${canary}`;
  const account: Account = { ...ACCOUNT, ...QUOTA, accountId, pools: ['default'] };
  const token = canary.padEnd(43, '-');
  await world.putAccount(account);
  await world.ports.registry.putGrant(sampleGrant({ accountId, tokenSha256: hashToken(token), labels: [canary] }));
  const url = `https://${canary}.example/hook`;
  await world.ports.registry.putEndpoint(sampleEndpoint({ accountId, endpointId: `ep-${canary}`, url }));
  const makePartner = async (profile: 'link-peeler' | 'rfc9421'): Promise<Partner> => {
    const input = { keyId: `${profile}-${canary}`, accountId, profile };
    const { key, secret } = await ensurePartnerKey(world.ports, input);
    return { key, secret: secret.reveal() };
  };
  return {
    canary,
    account,
    partners: [await makePartner('link-peeler'), await makePartner('rfc9421')],
    token,
    pair,
    agent: undefined,
    jobIds: await makeOldJobs(world, accountId, canary),
    cursors: [],
    leased: [],
    reports: [],
    exchanges: [],
    deliveries: [],
  };
}

/** Creates more jobs than a page of a list has, so that there are cursors. The sweep and the agents never see them. */
async function makeOldJobs(world: World, accountId: string, canary: string): Promise<string[]> {
  const ids: string[] = [];
  for (let age = LIMITS.listedJobs + 1; age > 0; age -= 1) {
    const idempotencyKey = `old-${age}`;
    const submission = {
      idempotencyKey,
      trackingUrl: `https://click.example.com/${canary}`,
      source: canary,
      rowId: '1',
    };
    const [createdAt, dueAt, admission] = [NOW - age * SECOND, NOW + HOUR, `${canary}-${age}`];
    const job = sampleJob({ accountId, submission, createdAt, dueAt, admission });
    await world.ports.jobs.create(job, NOW);
    ids.push(job.jobId);
  }
  return ids;
}

/** Records an exchange, and the jobs, cursors, leases and agent that its answer names. */
export function remember(tenant: Tenant, request: IncomingRequest, answer: Answer): void {
  tenant.exchanges.push({ request, answer });
  const { json } = answer;
  const items: { readonly job?: { readonly jobId: string } }[] =
    json?.items ?? json?.jobs?.map((job: object) => ({ job })) ?? [];
  const ids = [json?.jobId, ...items.map(({ job }) => job?.jobId)].filter((id) => typeof id === 'string');
  tenant.jobIds.push(...ids.filter((id) => !tenant.jobIds.includes(id)));
  if (json?.cursor) tenant.cursors.push(json.cursor);
  if (json?.pace) tenant.leased.push(...json.jobs);
  if (json?.agentId && json.labels) tenant.agent = agentOf(tenant, json.agentId);
}

function agentOf({ account: { accountId }, pair }: Tenant, keyId: string): Agent {
  const { privateKey, publicKey } = ed25519Pair(pair);
  const key: AgentKey = { kind: 'agent', keyId, accountId, profile: 'rfc9421', publicKey, pool: 'default' };
  return { key, privateKey };
}

/** Returns a function that lets time pass, sweeps, and publishes and delivers the events of ended jobs. */
function createBackground(world: World): TwoTenants['runBackground'] {
  const published = new Set<string>();
  let delivered = 0;
  return async (seconds) => {
    world.passSeconds(seconds);
    await sweep(world.ports);
    for (const job of world.ports.jobs.all()) {
      if (job.dueAt !== undefined || published.has(job.jobId)) continue;
      published.add(job.jobId);
      await publishEvents(world.ports, [job]);
    }
    for (const { delivery } of world.ports.deliveries.sent.slice(delivered)) await deliverEvent(world.ports, delivery);
    delivered = world.ports.deliveries.sent.length;
  };
}
