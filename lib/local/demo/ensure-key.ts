// The keys that the demo has at every start. It creates missing ones and leaves the others unchanged.
import { parsePublicKey } from '../../protocol/signatures/ed25519-public-key.ts';
import { secretOf } from '../../relay/keys/resolve-key.ts';
import type { KeyRecord, PartnerKey, PartnerPublicKey, PartnerSecretKey } from '../../relay/model/records.ts';
import { requireKeyId } from '../../relay/operator/account-form.ts';
import { claimSecret } from '../../relay/operator/keys/claim-secret.ts';
import type { ProvisionedKey } from '../../relay/operator/keys/keys.ts';
import type { ProvisioningPorts } from '../../relay/operator/operator-ports.ts';
import { concurrentChange } from './ensure.ts';

/**
 * Returns the key and its secret. An existing key keeps its secrets and everything that the input leaves out.
 * @throws Error when another owner has the id, or when another process changes the key at the same time.
 */
export async function ensurePartnerKey(
  ports: ProvisioningPorts,
  input: Omit<PartnerSecretKey, 'kind' | 'versions'>,
): Promise<ProvisionedKey> {
  const ring = await ports.inboundRing.read();
  const found = await findOwnKey(ports, input);
  if (found && 'publicKey' in found) throw takenError(input);
  const versions = found?.versions ?? [{ version: 1, master: ring.current }];
  const key: PartnerSecretKey = { kind: 'partner', ...found, ...input, versions };
  const [{ version }] = versions;
  const secret = secretOf(key, versions[0], ring);
  await claimSecret(ports, secret, { direction: 'inbound', accountId: key.accountId, id: key.keyId, version });
  await putAsRead(ports, found, key);
  return { key, secret };
}

/**
 * Returns the key for a partner's Ed25519 public key, for profile `rfc9421`.
 * @throws Error when the public key is invalid, when another owner has the id, or when another process changes the key.
 */
export async function ensurePartnerPublicKey(
  ports: ProvisioningPorts,
  input: Omit<PartnerPublicKey, 'kind' | 'profile'>,
): Promise<PartnerPublicKey> {
  if (!parsePublicKey(input.publicKey))
    throw new Error(
      'The public key must be the 32 raw bytes of an Ed25519 key in base64url, and not a small-order point.',
    );
  const found = await findOwnKey(ports, { ...input, profile: 'rfc9421' });
  if (found && !('publicKey' in found && found.publicKey === input.publicKey)) throw takenError(input);
  const key: PartnerPublicKey = { kind: 'partner', ...found, profile: 'rfc9421', ...input };
  await putAsRead(ports, found, key);
  return key;
}

/**
 * Returns the account's key with this id, if there is one.
 * @throws Error when the key has another kind, account or profile.
 */
async function findOwnKey(
  ports: ProvisioningPorts,
  input: Pick<PartnerKey, 'keyId' | 'accountId' | 'profile'>,
): Promise<PartnerKey | undefined> {
  requireKeyId(input.keyId);
  const found: KeyRecord | undefined = await ports.keys.find(input.keyId);
  if (!found) return undefined;
  if (found.kind !== 'partner' || found.accountId !== input.accountId || found.profile !== input.profile)
    throw takenError(input);
  return found;
}

/**
 * Writes the key, also when it exists. Creating it again adds the row that finds it by account, which older versions
 * did not write.
 */
async function putAsRead({ keys }: ProvisioningPorts, found: PartnerKey | undefined, key: PartnerKey): Promise<void> {
  if (await keys.create(key)) return;
  if (!found || !(await keys.change(found, key))) throw concurrentChange(`key ${key.keyId}`);
}

function takenError({ keyId }: { keyId: string }): Error {
  return new Error(`The key id ${keyId} is taken.`);
}
