// The key that an operator names, or why nothing can be done with it.
import { KEY_ID } from '../../../protocol/grammar.ts';
import type { Directory } from '../../model/ports.ts';
import type { PartnerKey, PartnerSecretKey } from '../../model/records.ts';
import type { KeyRegister } from '../operator-ports.ts';
import { done, type OperatorRefusal, type Outcome, refused } from '../outcome.ts';

export interface KeyFinding {
  readonly keys: KeyRegister;
}

/** An agent's key is none of these. */
export async function findPartnerKey({ keys }: KeyFinding, keyId: string): Promise<Outcome<PartnerKey>> {
  const found = KEY_ID.test(keyId) ? await keys.find(keyId) : undefined;
  return found?.kind === 'partner' ? done(found) : refused('key_unknown', `No partner has a key ${keyId}.`);
}

/** One that is not revoked. */
export async function findUsableKey(ports: KeyFinding, keyId: string): Promise<Outcome<PartnerKey>> {
  const found = await findPartnerKey(ports, keyId);
  if (!found.ok || found.value.revokedAt === undefined) return found;
  return refused('key_revoked', `The key ${keyId} is revoked for good. Make another one.`);
}

/** One that is not revoked, and whose secret we have too. */
export async function findSecretKey(ports: KeyFinding, keyId: string): Promise<Outcome<PartnerSecretKey>> {
  const found = await findUsableKey(ports, keyId);
  if (!found.ok) return found;
  const key = found.value;
  if ('versions' in key) return done(key);
  return refused('key_has_no_secret', `The key ${keyId} is a public key: its owner makes a new one, under another id.`);
}

interface AccountSeeing {
  readonly directory: Pick<Directory, 'findAccount'>;
}

/** Undefined when a key of this id may be made for the account, if nobody has the id. */
export async function refuseKeyInput(
  ports: AccountSeeing,
  { accountId, keyId }: { readonly accountId: string; readonly keyId: string },
): Promise<OperatorRefusal | undefined> {
  if (!KEY_ID.test(keyId)) return refused('invalid', 'A key id has 1–64 characters of A–Z, a–z, 0–9, _ and -.');
  return refuseNewSecret(ports, accountId);
}

/** Undefined while the account may have more secrets: one that is made behind a deletion would never be removed. */
export async function refuseNewSecret(
  { directory }: AccountSeeing,
  accountId: string,
): Promise<OperatorRefusal | undefined> {
  const account = await directory.findAccount(accountId);
  if (!account) return refused('account_unknown', `No account has the id ${accountId}.`);
  if (account.state !== 'deleting') return undefined;
  return refused('account_deleting', `The account ${accountId} is being deleted: finish that first.`);
}

export function keyTaken(keyId: string): OperatorRefusal {
  return refused('key_taken', `The key id ${keyId} is taken. Choose another one, or rotate the key if it is yours.`);
}

export const CHANGED_MEANWHILE = refused(
  'changed_meanwhile',
  'The key was changed by somebody else again and again. Look at it, and try again.',
);

/** How often a key may change between reading and writing. */
export const TRIES = 4;
