// `signet-agent enroll`: makes the key, shows it to the relay with the operator's token, keeps what the relay says.

import { backOffMs } from '../lib/api/back-off.ts';
import type { RelayFailure, RelayOutcome } from '../lib/api/relay-answer.ts';
import { ROUTES } from '../lib/api/routes.ts';
import { type EnrollmentToken, isOwnMachine, parseEnrollmentToken } from '../lib/protocol/enrollment-token.ts';
import type { EnrollRequest, EnrollResponse } from '../lib/protocol/messages.ts';
import { thumbprintOf } from '../lib/protocol/signatures/ed25519-public-key.ts';
import { AgentError } from './events/agent-error.ts';
import type { Terminal } from './events/terminal.ts';
import { callRelay, type RelayPorts } from './relay/relay-client.ts';
import { createRelayClock } from './relay/relay-clock.ts';
import { type EnrolledIdentity, type Identity, loadOrCreateIdentity, saveIdentity } from './state/identity.ts';

const TRIES = 4;
const TIMEOUT_MS = 15_000;

export interface EnrollOptions {
  readonly directory: string;
  /** As pasted. */
  readonly token: string;
  readonly name?: string | undefined;
}

/**
 * The key is on disk before the relay hears of it, so a repeat after any failure brings the same key and is harmless.
 * @throws AgentError
 */
export async function enroll(options: EnrollOptions, terminal: Terminal): Promise<EnrolledIdentity> {
  const token = parseEnrollmentToken(options.token);
  if (!token.ok) throw new AgentError('usage', `That is no enrolment token: ${token.reason}`);
  if (options.name !== undefined && !/^\P{Cc}{1,64}$/u.test(options.name)) {
    throw new AgentError('usage', 'A name has 1 to 64 characters.');
  }
  const identity = loadOrCreateIdentity(options.directory);
  refuseOtherRelay(identity, token.value, options.directory);
  const outcome = await askRelay(identity, token.value, { ...options, terminal });
  if (outcome.kind !== 'answered') throw failureToError(outcome);
  const enrolled = { ...identity, enrollment: readEnrollment(outcome.value, token.value) };
  return saveIdentity(options.directory, enrolled);
}

/** What lies in the spool is for the old relay. A relay on this very machine may move to another port. */
function refuseOtherRelay({ enrollment }: Identity, { relayUrl }: EnrollmentToken, directory: string): void {
  if (!enrollment || enrollment.relayUrl === relayUrl) return;
  if ([enrollment.relayUrl, relayUrl].every((url) => isOwnMachine(new URL(url).hostname))) return;
  const message = `${directory} belongs to ${enrollment.relayUrl}, the token to ${relayUrl}. Use another --state directory.`;
  throw new AgentError('state_unusable', message);
}

/** A lost answer is no loss: the same key and token get the same answer again. */
async function askRelay(
  identity: Identity,
  token: EnrollmentToken,
  { name, terminal }: { readonly name?: string | undefined; readonly terminal: Terminal },
): Promise<RelayOutcome<EnrollResponse>> {
  const message: EnrollRequest = { token: token.secret, publicKey: identity.publicKey, name };
  const { relayUrl } = token;
  const { privateKey, publicKey } = identity;
  const caller = { relayUrl, keyId: thumbprintOf(publicKey), privateKey, tag: 'signet-enroll' } as const;
  const ports = enrollPorts(terminal);
  for (let failures = 1; ; failures += 1) {
    const outcome = await callRelay<EnrollResponse>(
      caller,
      { route: ROUTES.enrollAgent, message, timeoutMs: TIMEOUT_MS },
      ports,
    );
    if (outcome.kind !== 'retry' || failures === TRIES) return outcome;
    await terminal.pause(outcome.afterMs ?? backOffMs(failures, terminal.random()));
  }
}

function enrollPorts(terminal: Terminal): RelayPorts {
  return {
    clock: createRelayClock(terminal.nowMs),
    nonce: terminal.nonce,
    onSkew: (offsetMs) =>
      terminal.err(`This machine's clock differs from the relay's by ${Math.round(offsetMs / 1000)} s.\n`),
  };
}

function readEnrollment(response: EnrollResponse, { relayUrl }: EnrollmentToken) {
  const { agentId, accountId, pool, labels } = response;
  if ([agentId, accountId, pool].every((text) => typeof text === 'string' && text !== '')) {
    return { relayUrl, agentId, accountId, pool, labels: Array.isArray(labels) ? labels : [] };
  }
  throw new AgentError('refused', 'The relay answered, but not with an enrolment.');
}

function failureToError({ kind, code, detail }: RelayFailure): AgentError {
  if (kind === 'retry')
    return new AgentError('unanswered', `The relay did not enrol this agent yet: ${code}. ${detail}`);
  return new AgentError('refused', `The relay refused to enrol this agent: ${code}. ${detail}`);
}
