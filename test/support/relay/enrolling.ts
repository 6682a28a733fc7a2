// Enrols desktops with tokens that an operator makes.
import { thumbprintOf } from '../../../lib/protocol/signatures/ed25519-public-key.ts';
import { createEnrollmentToken } from '../../../lib/relay/operator/accounts/agents.ts';
import { ed25519Pair, signMessage } from '../signing/signing.ts';
import { granted } from './outcomes.ts';
import { ACCOUNT, unique } from './samples.ts';
import { type Answer, bytesOf, plainRequest, type World, withHeaders } from './world.ts';

/** Sends an enrolment. `token` is the complete token, as the operator passes it on. */
export async function enroll(world: World, token: string, pair: 1 | 2 | 3 = 2): Promise<Answer> {
  const { publicKey, privateKey } = ed25519Pair(pair);
  const secret = JSON.parse(Buffer.from(token.slice('set_'.length), 'base64url').toString()).t;
  const body = bytesOf({ token: secret, publicKey });
  const request = plainRequest({ method: 'POST', path: '/agent/enroll', body });
  const keyId = thumbprintOf(publicKey);
  const signing = { keyId, timestampMs: world.time.nowMs, nonce: unique('nonce-of-enrolment-'), tag: 'signet-enroll' };
  return world.ask(withHeaders(request, signMessage(request, privateKey, signing)));
}

/** Makes a token and sends an enrolment with it. */
export async function enrollWith(world: World, pair: 1 | 2 | 3): Promise<Answer> {
  let bytes = 0;
  const randomBytes = (count: number) => {
    bytes += 1;
    return Buffer.alloc(count, unique('token').length * 31 + bytes + pair);
  };
  const ports = { ...world.ports, randomBytes };
  const input = { accountId: ACCOUNT.accountId, relayUrl: 'https://relay.example' };
  const { token } = granted(await createEnrollmentToken(ports, input));
  return enroll(world, token.reveal(), pair);
}
