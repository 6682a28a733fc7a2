// Everything around the relay that the demo needs: site, receiver, account, keys, endpoint and agent.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { OperatorAccess } from '../../aws/deployment/operator-access.ts';
import type { ProvisionedEndpoint } from '../../relay/operator/accounts/endpoints.ts';
import type { Started } from '../cloud/base/stoppable.ts';
import type { LaptopCloud } from '../cloud/laptop-cloud.ts';
import { listenOnFreePort } from '../listen-on-free-port.ts';
import type { OwnWebhook } from '../own-webhook.ts';
import { readSavedPorts, writeSavedPorts } from '../saved-ports.ts';
import type { LocalState } from '../state-file.ts';
import { type DemoAgent, startDemoAgent } from './demo-agent.ts';
import { type DemoReceiver, startDemoReceiver } from './receiver.ts';
import { type DemoSite, startDemoSite } from './site.ts';
import { createDemoTenant, type DemoTenant } from './tenant.ts';

/** The running demo. */
export interface Demo {
  readonly site: DemoSite;
  readonly receiver: DemoReceiver;
  readonly tenant: DemoTenant;
  readonly agent: DemoAgent;
}

/** How to start the demo. */
export interface DemoOptions {
  readonly root: string;
  readonly dataDir: string;
  readonly allowCidrs: string;
  /** Additional consumers of the user's own. */
  readonly webhooks: readonly OwnWebhook[];
  readonly jobsPerMonth?: number | undefined;
  /** Collects what must be stopped, in the order of its start. */
  readonly started: Started;
}

/**
 * Starts the demo. Site and receiver use their previous ports if they are free, because open jobs and endpoints refer
 * to them.
 */
export async function startDemo(cloud: LaptopCloud, access: OperatorAccess, options: DemoOptions): Promise<Demo> {
  const { root, dataDir, allowCidrs, started } = options;
  const saved = readSavedPorts(dataDir);
  const site = started.add(await listenOn(saved.site, startDemoSite));
  const receiver = started.add(await listenOn(saved.receiver, startDemoReceiver));
  writeSavedPorts(dataDir, { api: Number(new URL(cloud.baseUrl).port), site: site.port, receiver: receiver.port });
  const quota = options.jobsPerMonth === undefined ? {} : { jobsPerMonth: options.jobsPerMonth };
  const tenant = await createDemoTenant(access, receiver.hookUrl, options.webhooks, quota);
  receiver.useSecret(tenant.consumer.secret.reveal());
  const stateDir = join(dataDir, `agent-${new URL(cloud.baseUrl).port}`);
  const agentOptions = { root, stateDir, relayUrl: cloud.baseUrl, allowCidrs };
  const agent = started.add(await startDemoAgent(access, agentOptions));
  return { site, receiver, tenant, agent };
}

async function listenOn<T>(requested: number, start: (port: number) => Promise<T>): Promise<T> {
  return (await listenOnFreePort([requested], start)) ?? start(0);
}

/** Returns the content of `.signet/local.json` about the demo. */
export function describeDemo({ site, tenant, agent }: Demo, baseUrl: string, privateKeyFile: string): LocalState {
  const { accountId, secretKeys, keyPair, consumer, ownConsumers } = tenant;
  const { keyId, profile } = keyPair.key;
  return {
    baseUrl,
    accountId,
    keys: [
      ...secretKeys.map(({ key, secret }) => ({
        keyId: key.keyId,
        profile: key.profile,
        algorithm: 'hmac-sha256' as const,
        secret: secret.reveal(),
      })),
      { keyId, profile, algorithm: 'ed25519', privateKeyFile },
    ],
    agent: { id: agent.agentId },
    webhook: describeEndpoint(consumer),
    ownWebhooks: ownConsumers.map(describeEndpoint),
    demoSite: site.firstUrl,
    pid: process.pid,
  };
}

function describeEndpoint({ endpoint, secret }: ProvisionedEndpoint): LocalState['webhook'] {
  const { endpointId, url, profile } = endpoint;
  return { endpointId, url, profile, secret: secret.reveal() };
}

/** Writes the private key of the demo's `rfc9421` partner to a file that openssl can read, and returns its path. */
export function writePrivateKey({ tenant }: Demo, dataDir: string): string {
  const path = join(dataDir, 'demo-rfc9421-ed25519.pem');
  writeFileSync(path, tenant.keyPair.privateKey.export({ format: 'pem', type: 'pkcs8' }), { mode: 0o600 });
  return path;
}
