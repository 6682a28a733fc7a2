// Finds the key that an operator names, or refuses.
import { KEY_ID } from '../../../protocol/grammar.ts';
import type { Directory } from '../../model/ports.ts';
import type { PartnerKey, PartnerSecretKey } from '../../model/records.ts';
import { refuseDeleting, refuseUnknownAccount } from '../find-account.ts';
import type { KeyRegister } from '../operator-ports.ts';
import { done, type OperatorRefusal, type Outcome, refused } from '../outcome.ts';

export interface KeyLookupPorts {
  readonly keys: KeyRegister;
}

/** Returns the partner's key, or refuses with `key_unknown`. Agents' keys are not found. */
export async function findPartnerKey({ keys }: KeyLookupPorts, keyId: string): Promise<Outcome<PartnerKey>> {
  const found = KEY_ID.test(keyId) ? await keys.find(keyId) : undefined;
  if (found?.kind === 'partner') return done(found);
  return refused('key_unknown', `No partner has a key ${keyId}. Look up the id in the account’s list of keys.`);
}

/** Returns the partner's key, or refuses if it does not exist or is revoked. */
export async function findUsableKey(ports: KeyLookupPorts, keyId: string): Promise<Outcome<PartnerKey>> {
  const found = await findPartnerKey(ports, keyId);
  if (!found.ok || found.value.revokedAt === undefined) return found;
  return refused('key_revoked', `The key ${keyId} is revoked permanently. Create another key.`);
}

/** Returns the partner's key if it is not revoked and has a secret, or refuses. A public key has none. */
export async function findSecretKey(ports: KeyLookupPorts, keyId: string): Promise<Outcome<PartnerSecretKey>> {
  const found = await findUsableKey(ports, keyId);
  if (!found.ok) return found;
  const key = found.value;
  if ('versions' in key) return done(key);
  const message = `The key ${keyId} is a public key, so it has no secret to change. Register a new key of the partner.`;
  return refused('key_has_no_secret', message);
}

interface AccountReadPorts {
  readonly directory: Pick<Directory, 'findAccount'>;
}

/** Returns the refusal of a new key, or undefined if the account may have a key with this id. The id may still be taken. */
export async function refuseKeyInput(
  ports: AccountReadPorts,
  { accountId, keyId }: { readonly accountId: string; readonly keyId: string },
): Promise<OperatorRefusal | undefined> {
  if (!KEY_ID.test(keyId)) return refused('invalid', 'A key id has 1–64 characters of A–Z, a–z, 0–9, _ and -.');
  return refuseNewSecret(ports, accountId);
}

/**
 * Returns the refusal of a new secret, or undefined if the account may have more. An account that is being deleted may not,
 * because the deletion could miss the secret.
 */
export async function refuseNewSecret(
  { directory }: AccountReadPorts,
  accountId: string,
): Promise<OperatorRefusal | undefined> {
  const account = await directory.findAccount(accountId);
  if (!account) return refuseUnknownAccount(accountId);
  return account.state === 'deleting' ? refuseDeleting(accountId) : undefined;
}

/** The refusal for a key id that another key has. */
export function refuseTakenKeyId(keyId: string): OperatorRefusal {
  return refused('key_taken', `The key id ${keyId} is taken. Choose another id, or rotate the key if it is yours.`);
}

/** How often a command tries to change a key that other commands change at the same time. */
export const MAX_TRIES = 4;

/** The refusal after the last try to change a key. */
export const KEY_KEEPS_CHANGING = refused(
  'changed_meanwhile',
  `Other commands changed the key ${MAX_TRIES} times during this one. Look at the key and try again.`,
);
