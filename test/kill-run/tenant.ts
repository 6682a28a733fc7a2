// Makes an account with its own partner, agents and consumer, separate from the demo's account.
import { join } from 'node:path';
import type { OperatorAccess } from '../../lib/aws/deployment/operator-access.ts';
import { RelayClient } from '../../lib/client/index.ts';
import { ensureAccount, ensureEndpoint } from '../../lib/local/demo/ensure.ts';
import { ensurePartnerKey } from '../../lib/local/demo/ensure-key.ts';
import { createEnrollmentToken } from '../../lib/relay/operator/accounts/agents.ts';
import type { Consumer } from './consumer.ts';
import { type Desktop, enrollDesktop } from './desktop.ts';

export interface Place {
  readonly accountId: string;
  readonly baseUrl: string;
  /** The folder in which the agents keep their state. */
  readonly dataDir: string;
}

const PROFILE = 'link-peeler';

/** Creates the account and a key, and returns a client of the partner. */
export async function makePartner(access: OperatorAccess, { accountId, baseUrl }: Place): Promise<RelayClient> {
  await ensureAccount(access, { accountId, name: 'Kill run' });
  const { key, secret } = await ensurePartnerKey(access, { keyId: accountId, accountId, profile: PROFILE });
  return new RelayClient({ baseUrl, profile: PROFILE, keyId: key.keyId, secret: secret.reveal() });
}

/** Creates an endpoint for the consumer, and passes it the secret. */
export async function subscribe(access: OperatorAccess, { accountId }: Place, consumer: Consumer): Promise<void> {
  const input = { endpointId: accountId, accountId, url: consumer.url } as const;
  const { secret } = await ensureEndpoint(access, { ...input, profile: 'standard-webhooks' });
  consumer.useSecret(secret.reveal());
}

/** Enrols an agent and returns its desktop. The agent does not run yet. */
export async function makeDesktop(access: OperatorAccess, place: Place, name: string): Promise<Desktop> {
  const { accountId, baseUrl: relayUrl, dataDir } = place;
  const issued = await createEnrollmentToken(access, { accountId, relayUrl });
  if (!issued.ok) throw new Error(issued.message);
  return enrollDesktop(join(dataDir, name), issued.value.token.reveal());
}
