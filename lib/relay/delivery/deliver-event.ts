// Makes one attempt at one delivery: signs it, sends it, decides what follows and records the attempt.

import { loadSecrets } from '../keys/load-secrets.ts';
import type { LoadedSecrets } from '../keys/resolve-key.ts';
import type {
  Clock,
  DeliveryLog,
  DeliveryQueue,
  Directory,
  EventLog,
  ImportedSecrets,
  KeyRings,
  ReceiverAnswer,
  WebhookSender,
} from '../model/ports.ts';
import type { Delivery, Endpoint } from '../model/records.ts';
import { TUNING } from '../model/tuning.ts';
import { decideRetry, nextAttempt } from './retry-schedule.ts';
import { signDelivery } from './sign-delivery.ts';
import { checkTarget, type TargetPolicy } from './target-policy.ts';

export interface DeliveryPorts {
  readonly directory: Directory;
  readonly outboundRing: KeyRings;
  readonly importedSecrets: ImportedSecrets;
  readonly sender: WebhookSender;
  readonly targets: TargetPolicy;
  readonly deliveries: Pick<DeliveryQueue, 'send'>;
  readonly log: DeliveryLog;
  readonly eventLog: EventLog;
  readonly clock: Clock;
  /** Returns a number between 0 and 1. */
  readonly random: () => number;
}

/**
 * Makes one attempt and records its outcome. If the endpoint is not active, it drops the delivery instead.
 *
 * @throws DependencyUnavailable, and anything else that fails on our side. Such a failure is no attempt: the message
 *   stays in the queue and is received again.
 */
export async function deliverEvent(ports: DeliveryPorts, delivery: Delivery): Promise<void> {
  const { accountId, endpointId, eventId } = delivery;
  const endpoint = await ports.directory.findEndpoint(accountId, endpointId);
  if (endpoint?.state !== 'active') {
    const why = `endpoint ${endpoint?.state ?? 'unknown'}`;
    ports.eventLog.record({ event: 'delivery.dropped', accountId, endpointId, eventId, why });
    return;
  }
  const body = Buffer.from(delivery.body, 'utf8');
  const headers = signDelivery(endpoint, delivery, await readSecrets(ports, endpoint), ports.clock());
  // The endpoint's row may be older than the target policy, so the URL is checked at each attempt.
  const target = checkTarget(endpoint.url, ports.targets);
  const answer = target.ok
    ? await ports.sender.post(endpoint.url, headers, body)
    : ({ kind: 'failed', failure: target.problem } as const);
  await applyDecision(ports, delivery, decideOutcome(answer, delivery.attempt, ports.random()));
}

async function readSecrets(ports: DeliveryPorts, endpoint: Endpoint): Promise<LoadedSecrets> {
  const { outboundRing: rings, importedSecrets: imported, clock } = ports;
  const secrets = await loadSecrets({ rings, imported }, endpoint, { ring: await rings.read(), nowMs: clock() });
  if (secrets.failure) throw secrets.failure;
  return secrets;
}

export type DeliveryDecision =
  | { readonly kind: 'delivered' | 'failed'; readonly outcome: string }
  | { readonly kind: 'retry'; readonly outcome: string; readonly inSeconds: number };

/**
 * Returns what follows from the receiver's answer to this attempt (0 is the first). A 2xx status is success, anything
 * else is failure, and the retry schedule decides about the next attempt. `random` is a number between 0 and 1.
 */
export function decideOutcome(answer: ReceiverAnswer, attempt: number, random: number): DeliveryDecision {
  const outcome = answer.kind === 'answer' ? String(answer.status) : answer.failure;
  if (answer.kind === 'answer' && answer.status >= 200 && answer.status < 300) return { kind: 'delivered', outcome };
  const inSeconds = decideRetry(attempt, { retryAfterSeconds: readRetryAfter(answer), random });
  return inSeconds === undefined ? { kind: 'failed', outcome } : { kind: 'retry', outcome, inSeconds };
}

/** Returns the untrusted Retry-After header in seconds. The date form and numbers over six digits are ignored. */
function readRetryAfter(answer: ReceiverAnswer): number | undefined {
  const text = answer.kind === 'answer' ? answer.headers['retry-after'] : undefined;
  return typeof text === 'string' && /^[0-9]{1,6}$/.test(text) ? Number(text) : undefined;
}

/**
 * Schedules the next attempt and records this one. The queue holds a short delay, the sweep a long one. The message is
 * sent before the row is written, so a crash between the two repeats an attempt and never loses one.
 */
async function applyDecision(ports: DeliveryPorts, delivery: Delivery, decision: DeliveryDecision): Promise<void> {
  const nowMs = ports.clock();
  const delaySeconds = decision.kind === 'retry' ? decision.inSeconds : undefined;
  const waitsInQueue = delaySeconds !== undefined && delaySeconds <= TUNING.sqsDelaySeconds;
  const thisAttempt = { attempt: delivery.attempt, attemptedAt: nowMs, outcome: decision.outcome };
  if (waitsInQueue) await ports.deliveries.send(nextAttempt(delivery, thisAttempt), delaySeconds);
  await ports.log.record({
    ...delivery,
    ...thisAttempt,
    state: decision.kind === 'retry' ? 'retrying' : decision.kind,
    ...(delaySeconds !== undefined && !waitsInQueue && { dueAt: nowMs + delaySeconds * 1000 }),
  });
  const { accountId, endpointId, eventId, attempt } = delivery;
  const { outcome, kind } = decision;
  ports.eventLog.record({
    event: 'delivery.attempted',
    accountId,
    endpointId,
    eventId,
    attempt,
    outcome,
    decision: kind,
    ...(delaySeconds !== undefined && { retryInSeconds: delaySeconds }),
  });
}
