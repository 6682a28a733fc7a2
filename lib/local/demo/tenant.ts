// The demo account: keys for every inbound profile, and endpoints for the consumers. It is the same at every start.
import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { INBOUND_PROFILES, OUTBOUND_PROFILES, type OutboundProfileId } from '../../protocol/profiles/profiles.ts';
import type { Secret } from '../../protocol/secret.ts';
import { sha256 } from '../../protocol/sha256.ts';
import { formatPublicKey } from '../../protocol/signatures/ed25519-public-key.ts';
import type { Account, Endpoint, PartnerPublicKey } from '../../relay/model/records.ts';
import type { ProvisionedEndpoint } from '../../relay/operator/accounts/endpoints.ts';
import type { ProvisionedKey } from '../../relay/operator/keys/keys.ts';
import type { ProvisioningPorts } from '../../relay/operator/operator-ports.ts';
import type { OwnWebhook } from '../own-webhook.ts';
import { concurrentChange, ensureAccount, ensureEndpoint } from './ensure.ts';
import { ensurePartnerKey, ensurePartnerPublicKey } from './ensure-key.ts';

/** The fixed id of the demo account. */
export const DEMO_ACCOUNT_ID = 'demodemodemodemo';

/** The account with its keys and endpoints. */
export interface DemoTenant {
  readonly accountId: string;
  /** One key for each inbound profile. The demo's own requests are signed with the first. */
  readonly secretKeys: readonly [ProvisionedKey, ...ProvisionedKey[]];
  readonly keyPair: { readonly key: PartnerPublicKey; readonly privateKey: KeyObject };
  readonly consumer: ProvisionedEndpoint;
  readonly ownConsumers: readonly ProvisionedEndpoint[];
}

/**
 * Creates the account or updates it, and returns it. It is repeatable: the ids are fixed, and the secrets derive from
 * the key rings, which are kept.
 */
export async function createDemoTenant(
  access: ProvisioningPorts,
  hookUrl: string,
  ownWebhooks: readonly OwnWebhook[],
  quota: Pick<Partial<Account>, 'jobsPerMonth'> = {},
): Promise<DemoTenant> {
  const accountId = DEMO_ACCOUNT_ID;
  await ensureAccount(access, { accountId, name: 'Demo', ...quota });
  const first = await ensurePartnerKey(access, { keyId: 'demo-link-peeler', accountId, profile: 'link-peeler' });
  const others = INBOUND_PROFILES.filter((profile) => profile !== 'link-peeler').map((profile) =>
    ensurePartnerKey(access, { keyId: `demo-${profile}`, accountId, profile }),
  );
  const profile = 'standard-webhooks';
  const consumer = await ensureEndpoint(access, { endpointId: `demo-${profile}`, accountId, url: hookUrl, profile });
  return {
    accountId,
    secretKeys: [first, ...(await Promise.all(others))],
    keyPair: await createKeyPair(access, first.secret),
    consumer,
    ownConsumers: await replaceOwnEndpoints(access, ownWebhooks),
  };
}

const PARTNERS = { kind: 'partner', profile: 'rfc9421' } as const;

/**
 * A partner creates its own private key. The demo derives its key from a secret that is kept, so it is the same at the
 * next start. When the key rings were lost, a different key replaces it, because the id belongs to the demo.
 */
async function createKeyPair(access: ProvisioningPorts, source: Secret): Promise<DemoTenant['keyPair']> {
  const seed = sha256(Buffer.from(`demo key pair of ${source.reveal()}`)).toString('hex');
  const der = Buffer.from(`302e020100300506032b657004220420${seed}`, 'hex');
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  const publicKey = formatPublicKey(createPublicKey(privateKey));
  const input = { accountId: DEMO_ACCOUNT_ID, keyId: 'demo-rfc9421-ed25519', publicKey };
  const current = await access.keys.find(input.keyId);
  if (current && (!('publicKey' in current) || current.publicKey !== publicKey))
    await access.registry.putKey({ ...PARTNERS, ...input });
  return { key: await ensurePartnerPublicKey(access, input), privateKey };
}

/** Disables the user's endpoints of an earlier start that this start does not have. */
async function replaceOwnEndpoints(
  access: ProvisioningPorts,
  webhooks: readonly OwnWebhook[],
): Promise<readonly ProvisionedEndpoint[]> {
  for (const profile of OUTBOUND_PROFILES.filter((id) => !webhooks.some((input) => input.profile === id))) {
    const unused = await access.endpoints.find(DEMO_ACCOUNT_ID, ownIdOf(profile));
    if (unused) await changeEndpoint(access, unused, { state: 'disabled' });
  }
  return Promise.all(webhooks.map((input) => createOwnEndpoint(access, input)));
}

/**
 * Enables an endpoint of the user. As on AWS, it gets no events of jobs that ended while it was disabled. It keeps its
 * secret.
 */
async function createOwnEndpoint(access: ProvisioningPorts, input: OwnWebhook): Promise<ProvisionedEndpoint> {
  const [accountId, endpointId] = [DEMO_ACCOUNT_ID, ownIdOf(input.profile)];
  const before = await access.endpoints.find(accountId, endpointId);
  // This comes before the endpoint is active again, so that a kill in between leaves nothing to send later.
  if (before?.state === 'disabled') await changeEndpoint(access, before, { createdAt: access.clock() });
  return ensureEndpoint(access, { ...input, accountId, endpointId });
}

async function changeEndpoint(access: ProvisioningPorts, read: Endpoint, change: Partial<Endpoint>): Promise<void> {
  if (!(await access.endpoints.change(read, { ...read, ...change })))
    throw concurrentChange(`endpoint ${read.endpointId}`);
}

function ownIdOf(profile: OutboundProfileId): string {
  return `own-${profile}`;
}
