// A request with a wrong signature, and the rows that may be stored under the key id that it names.
import type { IncomingRequest } from '../../../../lib/relay/http/request-pipeline.ts';
import type { KeyRecord } from '../../../../lib/relay/model/records.ts';
import { NOW, sampleAgentKey, samplePartnerKey, samplePartnerPublicKey } from '../../../support/relay/samples.ts';
import { createWorld } from '../../../support/relay/world.ts';
import { PARTNER_WAYS, type PartnerWay, submission } from '../../../support/signing/partner-ways.ts';
import { ed25519Pair } from '../../../support/signing/signing.ts';

/** The key id that the request names. */
export const SOMEBODY = 'somebody';

/** Returns a request that is signed with a secret or a key pair that no row has. Its bytes are always the same. */
export async function strangersRequest(
  way: PartnerWay,
  body: Buffer = submission().body as Buffer,
): Promise<IncomingRequest> {
  const key = samplePartnerKey({ profile: way.profile, keyId: SOMEBODY });
  return (await createWorld()).signed(
    { ...submission(), body },
    {
      key,
      secret: way.isHmac ? 'sk_wrong' : ed25519Pair(2).privateKey,
    },
  );
}

const inUse = { version: 2, master: 1 } as const;

/** The rows that may be stored under the key id. None of them verifies the request. */
export const UNUSABLE_ROWS: Readonly<Record<string, (way: PartnerWay) => KeyRecord>> = {
  'a key with another secret': keyOf,
  ...Object.fromEntries(PARTNER_WAYS.map((other) => [`a key of ${other.name}`, () => keyOf(other)])),
  'a key in a rotation': ({ profile }) =>
    samplePartnerKey({ profile, keyId: SOMEBODY, versions: [inUse, { version: 1, master: 1, endsAt: NOW + 1 }] }),
  'a key whose secret has ended': ({ profile }) =>
    samplePartnerKey({ profile, keyId: SOMEBODY, versions: [{ version: 1, master: 1, endsAt: NOW }] }),
  'a revoked key': (way) => ({ ...keyOf(way), revokedAt: NOW - 1 }),
  'a key whose imported secret does not exist': ({ profile }) =>
    samplePartnerKey({ profile, keyId: SOMEBODY, versions: [{ version: 1, imported: 'missing' }] }),
  'an agent’s key': () => sampleAgentKey({ keyId: SOMEBODY }),
};

function keyOf({ profile, isHmac }: PartnerWay): KeyRecord {
  if (isHmac) return samplePartnerKey({ keyId: SOMEBODY, profile });
  return samplePartnerPublicKey({ keyId: SOMEBODY, publicKey: ed25519Pair(3).publicKey });
}
