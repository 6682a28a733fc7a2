// A world with shortcuts for operators' commands on keys.
import { Secret } from '../../../../lib/protocol/secret.ts';
import type { PartnerSecretKey, SecretVersions } from '../../../../lib/relay/model/records.ts';
import { createKey, importKey, type ProvisionedKey } from '../../../../lib/relay/operator/keys/keys.ts';
import type { Outcome } from '../../../../lib/relay/operator/outcome.ts';
import { ACCOUNT, unique } from '../../../support/relay/samples.ts';
import { createWorld } from '../../../support/relay/world.ts';
import { submission } from '../../../support/signing/partner-ways.ts';

export type Tools = Awaited<ReturnType<typeof createTools>>;

/** Returns a world whose random bytes are 1, 2, 3 … and functions that create, import and use keys in it. */
export async function createTools() {
  const world = await createWorld();
  const { ports } = world;
  let draws = 0;
  ports.randomBytes = (count) => {
    draws += 1;
    return Buffer.alloc(count, draws);
  };
  const partnerOf = ({ key, secret }: ProvisionedKey) => ({ key, secret: secret.reveal() });
  return {
    world,
    ports,
    create: async (input: Partial<Parameters<typeof createKey>[1]> = {}) =>
      unwrap(await createKey(ports, { accountId: ACCOUNT.accountId, profile: 'nitro', ...input })),
    importSecret: async (text: string, input: Partial<Parameters<typeof importKey>[1]> = {}) =>
      importKey(ports, { ...IMPORT, keyId: unique('own-'), secret: new Secret(text), ...input }),
    /** Sends a request that is signed with this secret of the key, and returns the status of the answer. */
    async statusOf(provisioned: ProvisionedKey): Promise<number> {
      world.time.nowMs += 1;
      return (await world.ask(world.signed(submission(), partnerOf(provisioned)))).status;
    },
    async versionsOf(keyId: string): Promise<SecretVersions> {
      return ((await ports.keys.find(keyId)) as PartnerSecretKey).versions;
    },
  };
}

export const IMPORT = { accountId: ACCOUNT.accountId, profile: 'vouchersx' } as const;

/** Returns the value of an outcome. @throws Error if it is a refusal. */
export function unwrap<T>(outcome: Outcome<T>): T {
  if (!outcome.ok) throw new Error(`${outcome.code}: ${outcome.message}`);
  return outcome.value;
}

/** Returns the code of a refusal, or `done`. */
export function codeOf(outcome: Outcome<unknown>): string {
  return outcome.ok ? 'done' : outcome.code;
}
