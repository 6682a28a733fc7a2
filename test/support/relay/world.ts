// A whole relay in memory: one account with a partner and an agent, and all handlers behind one request pipeline.
import type { KeyObject } from 'node:crypto';
import { ensurePartnerKey, ensurePartnerPublicKey } from '../../../lib/local/demo/ensure-key.ts';
import { createAddressPolicy } from '../../../lib/net/address-policy.ts';
import type { PullRequest, PullResponse } from '../../../lib/protocol/messages.ts';
import { createTargetPolicy } from '../../../lib/relay/delivery/target-policy.ts';
import { agentHandlers } from '../../../lib/relay/handlers/agent-handlers.ts';
import { linksHandlers } from '../../../lib/relay/handlers/links-handlers.ts';
import {
  createRequestPipeline,
  type Handlers,
  type IncomingRequest,
} from '../../../lib/relay/http/request-pipeline.ts';
import { secretOf } from '../../../lib/relay/keys/resolve-key.ts';
import { HeldLeases } from '../../../lib/relay/leasing/held-leases.ts';
import { SeenAgents } from '../../../lib/relay/leasing/seen-agents.ts';
import type { RelayResponse } from '../../../lib/relay/model/http-response.ts';
import type { LogEvent } from '../../../lib/relay/model/log-events.ts';
import type { WebhookSender } from '../../../lib/relay/model/ports.ts';
import type { Account, AgentKey, PartnerKey, PartnerSecretKey } from '../../../lib/relay/model/records.ts';
import { createInMemoryImportedSecrets } from '../in-memory/imported-secrets.ts';
import { createInMemoryJobs } from '../in-memory/jobs.ts';
import { createInMemoryKeyRings } from '../in-memory/key-rings.ts';
import { createInMemoryDeliveryQueue, createInMemoryJobQueues } from '../in-memory/queues.ts';
import {
  createInMemoryDeliveryLog,
  createInMemoryDueWork,
  createInMemoryEmptyQueues,
  createInMemoryEvidence,
  createInMemoryOneTimeValues,
  createInMemoryQuota,
} from '../in-memory/stores.ts';
import { createInMemoryTenantRows } from '../in-memory/tenant-rows.ts';
import { createInMemoryTenants } from '../in-memory/tenants.ts';
import { type Credential, ed25519Pair, type Signing, signAs, signMessage } from '../signing/signing.ts';
import { expectDescribed } from './described-answers.ts';
import { ACCOUNT, NOW, sampleAgentKey, sampleGrant, TRACKING_URL, unique } from './samples.ts';

export const AUTHORITY = 'relay.example.com';

/** A partner: its key, and the credential that it signs with. */
export interface Partner<K extends PartnerKey = PartnerKey> {
  readonly key: K;
  readonly secret: Credential;
}

/** An agent: its key, and the private key that it signs with. */
export interface Agent {
  readonly key: AgentKey;
  readonly privateKey: KeyObject;
}

/** An answer of the relay, with its body as text and parsed. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: answers are data of any shape, and the tests say which they expect
  readonly json: any;
}

export type World = Awaited<ReturnType<typeof createWorld>>;

/** Returns a new relay with a stopped clock at `NOW`, the account `ACCOUNT`, one partner and one agent. */
export async function createWorld() {
  const time = { nowMs: NOW };
  const clock = () => time.nowMs;
  const events: LogEvent[] = [];
  const jobs = createInMemoryJobs();
  const log = createInMemoryDeliveryLog();
  const queues = createInMemoryJobQueues(clock);
  const tenants = createInMemoryTenants(queues);
  const ring = createInMemoryKeyRings(JSON.stringify({ 1: 'ab'.repeat(32) }));
  // A test may replace any port: the handlers read them at every call.
  const ports = {
    clock,
    random: () => 0.5,
    randomBytes: (count: number) => Buffer.alloc(count, 7),
    eventLog: { record: (event: LogEvent) => void events.push(event) },
    addresses: createAddressPolicy({ allowCidrs: [] }),
    directory: tenants,
    registry: tenants,
    accounts: tenants.accounts,
    agents: tenants.agents,
    endpoints: tenants.endpoints,
    inventory: queues.inventory,
    rows: createInMemoryTenantRows(tenants, { jobs, log }),
    // Sleeping moves the clock.
    sleep: async (ms: number) => {
      time.nowMs += ms;
    },
    targets: createTargetPolicy([]),
    enrollment: tenants,
    presence: tenants,
    instances: tenants,
    seenAgents: new SeenAgents(),
    heldLeases: new HeldLeases(),
    keys: tenants.keys,
    claims: tenants.claims,
    keyUses: tenants.keyUses,
    importedSecrets: createInMemoryImportedSecrets(),
    inboundRing: ring,
    outboundRing: ring,
    oneTimeValues: createInMemoryOneTimeValues(),
    quota: createInMemoryQuota(),
    evidence: createInMemoryEvidence(),
    due: createInMemoryDueWork(jobs, log),
    emptyQueues: createInMemoryEmptyQueues(),
    deliveries: createInMemoryDeliveryQueue(),
    sender: { post: async () => ({ kind: 'answer', status: 204, headers: {} }) } as WebhookSender,
    jobs,
    history: jobs,
    log,
    queues,
  };
  type Ports = typeof ports;
  await putAccount(ACCOUNT);
  const partner = await makePartner(ACCOUNT.accountId);
  // Only a profile that signs method and path may DELETE.
  const deletingPartner = await makePartner(ACCOUNT.accountId, 'rfc9421');
  const agent = await makeAgent();
  const handlersOn = (ports: Ports): Handlers => ({ ...linksHandlers(ports), ...agentHandlers(ports) });
  const ask = askProcess(ports);
  return {
    time,
    ports,
    events,
    partner,
    deletingPartner,
    agent,
    pool: { accountId: ACCOUNT.accountId, pool: 'default' },
    putAccount,
    makePartner,
    makeEd25519Partner,
    makeRotatedPartner,
    makeAgent,
    ask,
    askProcess,
    signed,
    submit: (json: unknown, by: Partner = partner) => ask(signedByPartner('POST', '/api/links/fetch', json, by)),
    get: (path: string, by: Partner = partner) => ask(signedByPartner('GET', path, undefined, by)),
    pull,
    signedByPartner,
    signedByAgent,
    passSeconds: (seconds: number) => {
      time.nowMs += seconds * 1000;
    },
    namesOfEvents: () => events.map(({ event }) => event),
  };

  async function putAccount(account: Account): Promise<void> {
    await tenants.putAccount(account);
    for (const pool of account.pools) await queues.createQueue({ accountId: account.accountId, pool });
  }

  async function makePartner(
    accountId: string,
    profile: PartnerKey['profile'] = 'link-peeler',
  ): Promise<Partner<PartnerSecretKey>> {
    const { key, secret } = await ensurePartnerKey(ports, { keyId: unique('partner-'), accountId, profile });
    return { key, secret: secret.reveal() };
  }

  async function makeEd25519Partner(accountId: string, pair: 1 | 2 | 3 = 3): Promise<Partner> {
    const { privateKey, publicKey } = ed25519Pair(pair);
    return {
      key: await ensurePartnerPublicKey(ports, { keyId: unique('partner-'), accountId, publicKey }),
      secret: privateKey,
    };
  }

  /** Returns one key with two active secrets: a partner that uses the older secret, and one that uses the current secret. */
  async function makeRotatedPartner(accountId: string, profile: PartnerKey['profile'], overlapMs: number) {
    const { key, secret } = await makePartner(accountId, profile);
    const versions = [
      { version: 2, master: 1 },
      { ...key.versions[0], endsAt: time.nowMs + overlapMs },
    ] as const;
    const rotated = { ...key, versions };
    await tenants.putKey(rotated);
    const current = secretOf(rotated, versions[0], await ring.read()).reveal();
    return [
      { key: rotated, secret },
      { key: rotated, secret: current },
    ] as const satisfies readonly Partner[];
  }

  async function makeAgent(pair: 1 | 2 | 3 = 1, overrides: Partial<AgentKey> = {}): Promise<Agent> {
    const { privateKey, publicKey } = ed25519Pair(pair);
    const key = sampleAgentKey({ publicKey, ...overrides });
    const grant = sampleGrant({ accountId: key.accountId, pool: key.pool });
    await tenants.putGrant(grant);
    await tenants.redeem(grant, key, { thumbprint: key.keyId, name: 'desk', nowMs: time.nowMs });
    return { key, privateKey };
  }

  /** Returns a function that sends requests to a process with these ports. */
  function askProcess(processPorts: Ports) {
    const pipeline = createRequestPipeline(processPorts, handlersOn(processPorts));
    return async (request: IncomingRequest) => toDescribedAnswer(request, await pipeline(request));
  }

  /** Returns the answer after checking that the OpenAPI document describes it. So every test checks the document. */
  function toDescribedAnswer(request: IncomingRequest, { status, headers, body }: RelayResponse): Answer {
    expectDescribed(request, { status, headers, text: body });
    const isJson = /json$/.test(headers['content-type'] ?? '');
    return { status, headers, text: body, json: isJson ? JSON.parse(body) : undefined };
  }

  function signedByPartner(method: string, path: string, json?: unknown, by = partnerFor(method)): IncomingRequest {
    return signed(plainRequest({ method, path, ...(json !== undefined && { body: bytesOf(json) }) }), by);
  }

  function partnerFor(method: string): Partner {
    return method === 'DELETE' ? deletingPartner : partner;
  }

  function signed(
    request: IncomingRequest,
    by = partnerFor(request.method),
    overrides: Partial<Signing> = {},
  ): IncomingRequest {
    const fresh = { keyId: by.key.keyId, timestampMs: time.nowMs, nonce: unique('nonce-of-a-partner-') };
    return withHeaders(request, signAs(by.key.profile, request, by.secret, { ...fresh, ...overrides }));
  }

  function signedByAgent(json: unknown, by: Agent = agent): IncomingRequest {
    const request = plainRequest({ method: 'POST', path: '/agent/pull', body: bytesOf(json) });
    const signing = { keyId: by.key.keyId, timestampMs: time.nowMs, nonce: unique('nonce-of-an-agent-') };
    return withHeaders(request, signMessage(request, by.privateKey, signing));
  }

  async function pull(
    input: Partial<PullRequest> = {},
    by: Agent = agent,
  ): Promise<Answer & { readonly json: PullResponse }> {
    return ask(signedByAgent({ want: 0, ...input }, by));
  }
}

/** Returns bytes as they are, a text as UTF-8, and any other value as JSON. */
export function bytesOf(json: unknown): Buffer {
  if (json instanceof Uint8Array) return Buffer.from(json);
  return Buffer.from(typeof json === 'string' ? json : JSON.stringify(json));
}

/** Returns an unsigned request. */
export function plainRequest(overrides: Partial<IncomingRequest> = {}): IncomingRequest {
  return {
    requestId: unique('request-'),
    method: 'GET',
    path: '/healthz',
    query: '',
    body: Buffer.alloc(0),
    authority: AUTHORITY,
    gatewayAuthority: AUTHORITY,
    ...overrides,
    headers: { host: AUTHORITY, ...(overrides.body && { 'content-type': 'application/json' }), ...overrides.headers },
  };
}

/** Returns the request with headers added or replaced. */
export function withHeaders(request: IncomingRequest, headers: Readonly<Record<string, string>>): IncomingRequest {
  return { ...request, headers: { ...request.headers, ...headers } };
}

/** Returns a valid submission with a new idempotency key. */
export function sampleSubmission(overrides: Readonly<Record<string, unknown>> = {}) {
  return { idempotencyKey: unique('order-'), trackingUrl: TRACKING_URL, source: 'mail', rowId: 'row-1', ...overrides };
}
