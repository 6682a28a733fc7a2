// The keys that the demo has at every start: made where they are not there, and left as they are where they are.
import { parsePublicKey } from '../../protocol/signatures/ed25519-public-key.ts';
import { secretOf } from '../../relay/keys/resolve-key.ts';
import type { KeyRecord, PartnerKey, PartnerPublicKey, PartnerSecretKey } from '../../relay/model/records.ts';
import { requireKeyId } from '../../relay/operator/account-form.ts';
import { claimSecret } from '../../relay/operator/keys/claim-secret.ts';
import type { ProvisionedKey } from '../../relay/operator/keys/keys.ts';
import type { ProvisioningPorts } from '../../relay/operator/operator-ports.ts';
import { changedMeanwhile } from './ensure.ts';

/**
 * The key and its secret. One that is there keeps its secrets, and what the input leaves out.
 * @throws Error when somebody else has the id.
 */
export async function createPartnerKey(
  ports: ProvisioningPorts,
  input: Omit<PartnerSecretKey, 'kind' | 'versions'>,
): Promise<ProvisionedKey> {
  const ring = await ports.inboundRing.read();
  const found = await findOwnKey(ports, input);
  if (found && 'publicKey' in found) throw taken(input);
  const versions = found?.versions ?? [{ version: 1, master: ring.current }];
  const key: PartnerSecretKey = { kind: 'partner', ...found, ...input, versions };
  const [{ version }] = versions;
  const secret = secretOf(key, versions[0], ring);
  await claimSecret(ports, secret, { direction: 'inbound', accountId: key.accountId, id: key.keyId, version });
  await putAsRead(ports, found, key);
  return { key, secret };
}

/** Takes a partner's Ed25519 public key, for `rfc9421`. @throws Error when it is none, or somebody else has the id. */
export async function registerPartnerPublicKey(
  ports: ProvisioningPorts,
  input: Omit<PartnerPublicKey, 'kind' | 'profile'>,
): Promise<PartnerPublicKey> {
  if (!parsePublicKey(input.publicKey))
    throw new Error('A public key is the 32 raw bytes of an Ed25519 key in base64url, and not of small order.');
  const found = await findOwnKey(ports, { ...input, profile: 'rfc9421' });
  if (found && !('publicKey' in found && found.publicKey === input.publicKey)) throw taken(input);
  const key: PartnerPublicKey = { kind: 'partner', ...found, profile: 'rfc9421', ...input };
  await putAsRead(ports, found, key);
  return key;
}

/** The key of this id, if there is one. @throws Error when it is of another kind, account or profile. */
async function findOwnKey(
  ports: ProvisioningPorts,
  input: Pick<PartnerKey, 'keyId' | 'accountId' | 'profile'>,
): Promise<PartnerKey | undefined> {
  requireKeyId(input.keyId);
  const found: KeyRecord | undefined = await ports.keys.find(input.keyId);
  if (!found) return undefined;
  if (found.kind !== 'partner' || found.accountId !== input.accountId || found.profile !== input.profile)
    throw taken(input);
  return found;
}

/** Also where the key is there: making it again writes what finds it, which older versions did not. */
async function putAsRead({ keys }: ProvisioningPorts, found: PartnerKey | undefined, key: PartnerKey): Promise<void> {
  if (await keys.create(key)) return;
  if (!found || !(await keys.change(found, key))) throw changedMeanwhile(`key ${key.keyId}`);
}

function taken({ keyId }: { keyId: string }): Error {
  return new Error(`The key id ${keyId} is taken.`);
}
