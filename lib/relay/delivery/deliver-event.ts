// One attempt at one delivery: sign, send, decide, write down.

import { signWebhook } from '../../protocol/signatures/webhook.ts';
import { loadSecrets } from '../keys/load-secrets.ts';
import { activeKeys, type LoadedSecrets } from '../keys/resolve-key.ts';
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
  /** 0–1. */
  readonly random: () => number;
}

/** Makes one attempt. Throws only for failures of our own, which then count as no attempt. */
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
  // Rows may be older than the rule for targets.
  const target = checkTarget(endpoint.url, ports.targets);
  const answer = target.ok
    ? await ports.sender.post(endpoint.url, headers, body)
    : ({ kind: 'failed', failure: target.problem } as const);
  await follow(ports, delivery, decideOutcome(answer, delivery.attempt, ports.random()));
}

async function readSecrets(ports: DeliveryPorts, endpoint: Endpoint): Promise<LoadedSecrets> {
  const { outboundRing: rings, importedSecrets: imported, clock } = ports;
  const stock = await loadSecrets({ rings, imported }, endpoint, { ring: await rings.read(), nowMs: clock() });
  if (stock.failure) throw stock.failure;
  return stock;
}

/** The headers of this attempt: sending time and signature are fresh, id and body the same on every attempt. */
export function signDelivery(
  endpoint: Endpoint,
  delivery: Delivery,
  stock: LoadedSecrets,
  nowMs: number,
): Record<string, string> {
  const { endpointId, keyId = endpointId, profile } = endpoint;
  const [current, ...older] = activeKeys(endpoint, stock, nowMs);
  if (!current) throw new Error(`Endpoint ${endpointId} has no active secret.`);
  const body = Buffer.from(delivery.body, 'utf8');
  const message = { id: delivery.eventId, type: delivery.eventType, timestampMs: nowMs, body, keyId };
  return { 'user-agent': 'Signet-Relay/1', ...signWebhook(profile, message, [current, ...older]) };
}

export type DeliveryDecision =
  | { readonly kind: 'delivered' | 'failed'; readonly outcome: string }
  | { readonly kind: 'retry'; readonly outcome: string; readonly inSeconds: number };

/** 2xx is success, everything else is failure; the schedule says whether and when to try again. */
export function decideOutcome(answer: ReceiverAnswer, attempt: number, random: number): DeliveryDecision {
  const outcome = answer.kind === 'answer' ? String(answer.status) : answer.failure;
  if (answer.kind === 'answer' && answer.status >= 200 && answer.status < 300) return { kind: 'delivered', outcome };
  const inSeconds = decideRetry(attempt, { retryAfterSeconds: readRetryAfter(answer), random });
  return inSeconds === undefined ? { kind: 'failed', outcome } : { kind: 'retry', outcome, inSeconds };
}

/** The delay form only: whole seconds, a sane number of digits. */
function readRetryAfter(answer: ReceiverAnswer): number | undefined {
  const text = answer.kind === 'answer' ? answer.headers['retry-after'] : undefined;
  return typeof text === 'string' && /^[0-9]{1,6}$/.test(text) ? Number(text) : undefined;
}

/** A short wait is the queue's, a long one the sweep's. The message goes out before the row says so. */
async function follow(ports: DeliveryPorts, delivery: Delivery, decision: DeliveryDecision): Promise<void> {
  const nowMs = ports.clock();
  const waits = decision.kind === 'retry' ? decision.inSeconds : undefined;
  const byQueue = waits !== undefined && waits <= TUNING.sqsDelaySeconds;
  const made = { attempt: delivery.attempt, attemptedAt: nowMs, outcome: decision.outcome };
  if (byQueue) await ports.deliveries.send(nextAttempt(delivery, made), waits);
  await ports.log.record({
    ...delivery,
    ...made,
    state: decision.kind === 'retry' ? 'retrying' : decision.kind,
    ...(waits !== undefined && !byQueue && { dueAt: nowMs + waits * 1000 }),
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
    ...(waits !== undefined && { retryInSeconds: waits }),
  });
}
