// The demo account: keys for every inbound profile, endpoints for the consumers. The same at every start.
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
import { changedMeanwhile, ensureAccount, ensureEndpoint } from './ensure.ts';
import { createPartnerKey, registerPartnerPublicKey } from './ensure-key.ts';

export const DEMO_ACCOUNT_ID = 'demodemodemodemo';

export interface DemoTenant {
  readonly accountId: string;
  /** One for each inbound profile; the demo's own requests are signed with the first. */
  readonly secretKeys: readonly [ProvisionedKey, ...ProvisionedKey[]];
  readonly keyPair: { readonly key: PartnerPublicKey; readonly privateKey: KeyObject };
  readonly consumer: ProvisionedEndpoint;
  readonly ownConsumers: readonly ProvisionedEndpoint[];
}

/** Repeatable: ids are fixed, and secrets follow from the key rings, which are kept. */
export async function createDemoTenant(
  access: ProvisioningPorts,
  hookUrl: string,
  ownWebhooks: readonly OwnWebhook[],
  quota: Pick<Partial<Account>, 'jobsPerMonth'> = {},
): Promise<DemoTenant> {
  const accountId = DEMO_ACCOUNT_ID;
  await ensureAccount(access, { accountId, name: 'Demo', ...quota });
  const first = await createPartnerKey(access, { keyId: 'demo-link-peeler', accountId, profile: 'link-peeler' });
  const others = INBOUND_PROFILES.filter((profile) => profile !== 'link-peeler').map((profile) =>
    createPartnerKey(access, { keyId: `demo-${profile}`, accountId, profile }),
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
 * A partner makes its private key itself. The demo's follows from a secret that is kept, so it is the same next time.
 * Where the key rings were lost it is another one, and takes the place of the first: the id is the demo's own.
 */
async function createKeyPair(access: ProvisioningPorts, kept: Secret): Promise<DemoTenant['keyPair']> {
  const seed = sha256(Buffer.from(`demo key pair of ${kept.reveal()}`)).toString('hex');
  const der = Buffer.from(`302e020100300506032b657004220420${seed}`, 'hex');
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  const publicKey = formatPublicKey(createPublicKey(privateKey));
  const input = { accountId: DEMO_ACCOUNT_ID, keyId: 'demo-rfc9421-ed25519', publicKey };
  const current = await access.keys.find(input.keyId);
  if (current && (!('publicKey' in current) || current.publicKey !== publicKey))
    await access.registry.putKey({ ...PARTNERS, ...input });
  return { key: await registerPartnerPublicKey(access, input), privateKey };
}

/** Those of an earlier start that are not asked for now get nothing more. */
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
 * After a pause it begins anew: as on AWS, what ended while an endpoint was disabled is not for it. It keeps its secret.
 */
async function createOwnEndpoint(access: ProvisioningPorts, input: OwnWebhook): Promise<ProvisionedEndpoint> {
  const [accountId, endpointId] = [DEMO_ACCOUNT_ID, ownIdOf(input.profile)];
  const before = await access.endpoints.find(accountId, endpointId);
  // Before it is active again, so that a kill in between leaves nothing to catch up.
  if (before?.state === 'disabled') await changeEndpoint(access, before, { createdAt: access.clock() });
  return ensureEndpoint(access, { ...input, accountId, endpointId });
}

async function changeEndpoint(access: ProvisioningPorts, read: Endpoint, change: Partial<Endpoint>): Promise<void> {
  if (!(await access.endpoints.change(read, { ...read, ...change })))
    throw changedMeanwhile(`endpoint ${read.endpointId}`);
}

function ownIdOf(profile: OutboundProfileId): string {
  return `own-${profile}`;
}
