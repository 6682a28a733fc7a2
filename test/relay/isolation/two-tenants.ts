// Two accounts in one relay, and everything that each can ask of it: names, nonces and times are the same in every run.

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

export interface Tenant {
  /** Is in everything that only this tenant knows, and in nothing of the other's. */
  readonly canary: string;
  readonly account: Account;
  /** One for each profile. */
  readonly partners: readonly [Partner, Partner];
  readonly token: string;
  readonly pair: 1 | 2;
  /** Once it is enrolled. */
  agent: Agent | undefined;
  /** What it has got from the relay, oldest first. */
  readonly jobIds: string[];
  readonly cursors: string[];
  readonly leased: LeasedJob[];
  readonly reports: ResultReport[];
  readonly exchanges: { readonly request: IncomingRequest; readonly answer: Answer }[];
  /** Bodies and headers at its webhook. */
  readonly deliveries: string[];
}

export interface TwoTenants {
  readonly world: World;
  readonly victim: Tenant;
  readonly attacker: Tenant;
  /** Everything that happens in so many seconds. */
  readonly turn: (seconds: number) => Promise<void>;
}

/** Limits so small that the tenants reach them. */
const QUOTA = { jobsPerMonth: 8, jobsPerMinute: 5 };

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
  return { world, victim, attacker, turn: createWheel(world) };
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

/** More than a page of a list, so that there are cursors. The sweep leaves them alone, and no agent is told of them. */
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

/** Keeps what a tenant was told. */
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

/** What goes on without anybody asking: time passes, the sweep runs, events of ended jobs are published and delivered. */
function createWheel(world: World): TwoTenants['turn'] {
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
