// The demo account: a key for the partner, an endpoint for the consumer. The same at every start.
import { createAccount, createEndpoint, createPartnerKey } from '../../relay/provision.ts';
import type { OperatorAccess } from '../operator-access.ts';

export const DEMO_ACCOUNT_ID = 'demodemodemodemo';

export type DemoTenant = Awaited<ReturnType<typeof createDemoTenant>>;

/** Repeatable: ids are fixed, and secrets follow from the key rings, which are kept. */
export async function createDemoTenant(access: OperatorAccess, hookUrl: string) {
  const accountId = DEMO_ACCOUNT_ID;
  const account = await createAccount(access, { accountId, name: 'Demo' });
  const partner = await createPartnerKey(access, { keyId: 'demo-link-peeler', accountId, profile: 'link-peeler' });
  const consumer = await createEndpoint(access, {
    endpointId: 'demo-standard-webhooks',
    accountId,
    url: hookUrl,
    profile: 'standard-webhooks',
  });
  return { account, partner, consumer };
}
