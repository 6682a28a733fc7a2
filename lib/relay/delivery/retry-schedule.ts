// When a delivery that failed is tried again: 75 hours in all.
import type { Delivery, DeliveryAttempt, DeliveryRecord } from '../model/records.ts';

const MINUTE = 60;
const HOUR = 60 * MINUTE;

/** Seconds to wait before each attempt; the first is made at once. */
export const DELIVERY_SCHEDULE_SECONDS = [
  0,
  5,
  5 * MINUTE,
  30 * MINUTE,
  2 * HOUR,
  5 * HOUR,
  10 * HOUR,
  14 * HOUR,
  20 * HOUR,
  24 * HOUR,
] as const;

/** The longest wait that a receiver may ask for. */
const RETRY_AFTER_CAP_SECONDS = 24 * HOUR;

/**
 * Seconds until the attempt after this one (0 is the first), or undefined when there is none.
 * `random` in 0–1 adds up to a tenth; a receiver's own Retry-After is taken as it is, up to a day.
 */
export function decideRetry(
  attempt: number,
  options: { readonly retryAfterSeconds?: number | undefined; readonly random: number },
): number | undefined {
  const scheduled = DELIVERY_SCHEDULE_SECONDS[attempt + 1];
  if (scheduled === undefined) return undefined;
  const jittered = Math.ceil((scheduled * (10 + options.random)) / 10);
  const asked = Math.min(options.retryAfterSeconds ?? 0, RETRY_AFTER_CAP_SECONDS);
  return Math.max(jittered, asked);
}

export function nextAttempt(delivery: Delivery, { attempt, attemptedAt, outcome }: DeliveryAttempt): Delivery {
  const earlier = [...(delivery.earlier ?? []), { attempt, attemptedAt, outcome }];
  return { ...delivery, attempt: attempt + 1, earlier };
}

/** From the log, where it is known what came of the newest one. */
export function nextAfter(record: DeliveryRecord): Delivery {
  const { state, attemptedAt, outcome, dueAt, ...delivery } = record;
  return nextAttempt(delivery, record);
}
