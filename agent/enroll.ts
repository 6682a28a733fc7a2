// `signet-agent enroll`: creates the key, proves it to the relay with the operator's token, and stores the enrolment.

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

const ATTEMPTS = 4;
const TIMEOUT_MS = 15_000;

/** What to enrol, and where to store it. */
export interface EnrollOptions {
  readonly directory: string;
  /** The token as it was pasted. */
  readonly token: string;
  readonly name?: string | undefined;
}

/**
 * Enrols this desktop and returns its identity. The key is on disk before the relay receives it, so a repeat after any
 * failure sends the same key and is harmless.
 * @throws AgentError when the token or the name is malformed, the state belongs to another relay, or the relay fails or
 *   refuses.
 */
export async function enroll(options: EnrollOptions, terminal: Terminal): Promise<EnrolledIdentity> {
  const token = parseEnrollmentToken(options.token);
  if (!token.ok) throw new AgentError('usage', `This is not an enrolment token: ${token.reason}`);
  if (options.name !== undefined && !/^\P{Cc}{1,64}$/u.test(options.name)) {
    throw new AgentError('usage', 'The name must have 1 to 64 characters, without control characters.');
  }
  const identity = loadOrCreateIdentity(options.directory);
  refuseOtherRelay(identity, token.value, options.directory);
  const outcome = await requestEnrollment(identity, token.value, { ...options, terminal });
  if (outcome.kind !== 'answered') throw failureToError(outcome);
  const enrolled = { ...identity, enrollment: readEnrollment(outcome.value, token.value) };
  return saveIdentity(options.directory, enrolled);
}

/**
 * Refuses a token of another relay, because the spool has results for the old one. A relay on this machine may change
 * its port.
 */
function refuseOtherRelay({ enrollment }: Identity, { relayUrl }: EnrollmentToken, directory: string): void {
  if (!enrollment || enrollment.relayUrl === relayUrl) return;
  if ([enrollment.relayUrl, relayUrl].every((url) => isOwnMachine(new URL(url).hostname))) return;
  const message = `${directory} belongs to ${enrollment.relayUrl}, the token to ${relayUrl}. Use another --state directory.`;
  throw new AgentError('state_unusable', message);
}

/** Sends the request, with retries. A lost answer does no harm: the same key and token get the same answer again. */
async function requestEnrollment(
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
    if (outcome.kind !== 'retry' || failures === ATTEMPTS) return outcome;
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
  throw new AgentError('refused', 'The relay’s answer is not an enrolment.');
}

function failureToError({ kind, code, detail }: RelayFailure): AgentError {
  if (kind === 'retry')
    return new AgentError('unanswered', `The relay did not enrol this agent yet: ${code}. ${detail}`);
  return new AgentError('refused', `The relay refused to enrol this agent: ${code}. ${detail}`);
}
