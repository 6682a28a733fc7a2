// Partners' keys: made, imported, registered, looked at, and what each may do. Every operation is repeatable after a crash.
import { encodeBase32 } from '../../../protocol/base32.ts';
import type { Secret } from '../../../protocol/secret.ts';
import { parsePublicKey } from '../../../protocol/signatures/ed25519-public-key.ts';
import { digestSecret } from '../../model/key-ring.ts';
import type { PartnerKey, PartnerPublicKey, PartnerSecretKey } from '../../model/records.ts';
import { done, type Outcome, refused } from '../outcome.ts';
import {
  CHANGED_MEANWHILE,
  findPartnerKey,
  findUsableKey,
  type KeyFinding,
  keyTaken,
  refuseKeyInput,
  TRIES,
} from './find-partner-key.ts';
import type { KeyToolPorts } from './key-ports.ts';
import { abandonVersion, hasVersion, type MadeVersion, makeVersion, numberNext } from './key-version.ts';

export interface ProvisionedKey {
  readonly key: PartnerSecretKey;
  readonly secret: Secret;
}

interface KeyInput {
  readonly accountId: string;
  readonly keyId: string;
  readonly profile: PartnerSecretKey['profile'];
  readonly allowUnboundDelete?: boolean | undefined;
}

/** `key_` and sixteen base32 characters. */
export function makeKeyId(randomBytes: (count: number) => Buffer): string {
  return `key_${encodeBase32(randomBytes(10))}`;
}

/** The secret is shown this once: who has missed it rotates the key. Where no id is requested for, one is made. */
export async function createKey(
  ports: KeyToolPorts,
  { keyId = makeKeyId(ports.randomBytes), ...input }: Omit<KeyInput, 'keyId'> & { readonly keyId?: string | undefined },
): Promise<Outcome<ProvisionedKey>> {
  const made = await putKey(ports, { ...input, keyId });
  return made.ok && made.value.isNew ? done(made.value) : made.ok ? keyTaken(keyId) : made;
}

/** Takes over the id and the secret that a partner has already. The same input again is carried out to the end. */
export async function importKey(
  ports: KeyToolPorts,
  { secret, ...input }: KeyInput & { readonly secret: Secret },
): Promise<Outcome<PartnerSecretKey>> {
  const made = await putKey(ports, input, secret);
  return made.ok ? done(made.value.key) : made;
}

type PutKey = ProvisionedKey & { readonly isNew: boolean };

async function putKey(ports: KeyToolPorts, input: KeyInput, secret?: Secret): Promise<Outcome<PutKey>> {
  const refusal = await refuseKeyInput(ports, input);
  if (refusal) return refusal;
  const found = await ports.keys.find(input.keyId);
  if (found) return secret && isOwn(found, input) ? takeAgain(ports, found, secret) : keyTaken(input.keyId);
  const made = await makeVersion(ports, input, { version: numberNext(ports, [], secret), secret });
  return made.ok ? putFirst(ports, input, made.value) : made;
}

function isOwn(found: object, { accountId, profile }: KeyInput): found is PartnerSecretKey {
  const key = found as PartnerKey;
  return key.kind === 'partner' && 'versions' in key && key.accountId === accountId && key.profile === profile;
}

/** A repeat of the import that made the key. */
async function takeAgain(ports: KeyToolPorts, key: PartnerSecretKey, secret: Secret): Promise<Outcome<PutKey>> {
  const [current] = key.versions;
  const stored = 'imported' in current ? await ports.importedSecrets.read(current.imported) : undefined;
  const ring = await ports.inboundRing.read();
  const isSame = stored && digestSecret(ring, stored) === digestSecret(ring, secret);
  return isSame && key.revokedAt === undefined ? done({ key, secret, isNew: false }) : keyTaken(key.keyId);
}

/** Of two at once for the same id, one wins; of two that bring the same secret, both do. */
async function putFirst(ports: KeyToolPorts, input: KeyInput, made: MadeVersion): Promise<Outcome<PutKey>> {
  const { version, secret } = made;
  const key: PartnerSecretKey = { kind: 'partner', ...input, versions: [version] };
  if (await ports.keys.create(key)) return done({ key, secret, isNew: true });
  const current = await ports.keys.find(input.keyId);
  if (current && 'imported' in version && isOwn(current, input) && hasVersion(current, input, version))
    return done({ key: current, secret, isNew: false });
  await abandonVersion(ports, input, made);
  return keyTaken(input.keyId);
}

/** Takes a partner's Ed25519 public key, for `rfc9421`. The same input again is carried out to the end. */
export async function registerPublicKey(
  ports: KeyToolPorts,
  {
    keyId = makeKeyId(ports.randomBytes),
    ...input
  }: Omit<KeyInput, 'keyId' | 'profile'> & {
    readonly keyId?: string | undefined;
    readonly publicKey: string;
  },
): Promise<Outcome<PartnerPublicKey>> {
  if (!parsePublicKey(input.publicKey)) return NO_PUBLIC_KEY;
  const refusal = await refuseKeyInput(ports, { ...input, keyId });
  if (refusal) return refusal;
  const key: PartnerPublicKey = { kind: 'partner', ...input, keyId, profile: 'rfc9421' };
  const current = (await ports.keys.create(key)) ? key : await ports.keys.find(keyId);
  const { accountId, publicKey } = input;
  const isSame = current?.kind === 'partner' && current.accountId === accountId && current.revokedAt === undefined;
  return isSame && 'publicKey' in current && current.publicKey === publicKey ? done(current) : keyTaken(keyId);
}

const NO_PUBLIC_KEY = refused(
  'invalid',
  'A public key is the 32 raw bytes of an Ed25519 key in base64url, and not of small order.',
);

/** What is not given stays. */
export async function setKey(
  ports: KeyFinding,
  keyId: string,
  { allowUnboundDelete }: { readonly allowUnboundDelete?: boolean | undefined },
): Promise<Outcome<PartnerKey>> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const found = await findUsableKey(ports, keyId);
    if (!found.ok) return found;
    const key = { ...found.value, ...(allowUnboundDelete !== undefined && { allowUnboundDelete }) };
    if (await ports.keys.change(found.value, key)) return done(key);
  }
  return CHANGED_MEANWHILE;
}

/** By id, revoked ones too. */
export async function listKeys(
  ports: Pick<KeyToolPorts, 'keys' | 'directory'>,
  accountId: string,
): Promise<Outcome<readonly PartnerKey[]>> {
  if (!(await ports.directory.findAccount(accountId)))
    return refused('account_unknown', `No account has the id ${accountId}.`);
  const keys = await ports.keys.list(accountId);
  return done(keys.toSorted((one, other) => (one.keyId < other.keyId ? -1 : 1)));
}

export async function showKey(ports: KeyFinding, keyId: string): Promise<Outcome<PartnerKey>> {
  return findPartnerKey(ports, keyId);
}
