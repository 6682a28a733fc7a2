// Agents: the token that makes a desktop one.
import type { Secret } from '../../protocol/secret.ts';
import { makeEnrollmentToken } from '../enrollment-token.ts';
import { LIMITS } from '../limits.ts';
import type { ProvisioningPorts } from './operator-ports.ts';

/** A token for one desktop, good once and for ten minutes. */
export async function createEnrollmentToken(
  ports: ProvisioningPorts,
  wish: { accountId: string; pool: string; labels?: readonly string[]; relayUrl: string },
): Promise<Secret> {
  const { token, tokenSha256 } = makeEnrollmentToken(wish.relayUrl, () => ports.randomBytes(32));
  const expiresAt = ports.clock() + LIMITS.enrollmentTokenSeconds * 1000;
  const { accountId, pool, labels = [] } = wish;
  await ports.registry.putGrant({ tokenSha256, accountId, pool, labels, expiresAt });
  return token;
}
