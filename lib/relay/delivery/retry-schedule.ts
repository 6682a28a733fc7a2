// Decides when a failed delivery is retried. All attempts together span 75 hours.
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

/** The longest delay that a receiver can ask for. */
const RETRY_AFTER_CAP_SECONDS = 24 * HOUR;

/**
 * Returns the seconds until the next attempt, or undefined if this attempt was the last.
 *
 * @param attempt The attempt that failed; 0 is the first.
 * @param options `random` is a number between 0 and 1 and lengthens the scheduled delay by up to a tenth.
 *   `retryAfterSeconds` is the receiver's untrusted request. It can lengthen the delay to at most a day, and gets no jitter.
 */
export function decideRetry(
  attempt: number,
  options: { readonly retryAfterSeconds?: number | undefined; readonly random: number },
): number | undefined {
  const scheduled = DELIVERY_SCHEDULE_SECONDS[attempt + 1];
  if (scheduled === undefined) return undefined;
  const jittered = Math.ceil((scheduled * (10 + options.random)) / 10);
  const requested = Math.min(options.retryAfterSeconds ?? 0, RETRY_AFTER_CAP_SECONDS);
  return Math.max(jittered, requested);
}

/** Returns the delivery for the next attempt, with this attempt added to the earlier ones. */
export function nextAttempt(delivery: Delivery, { attempt, attemptedAt, outcome }: DeliveryAttempt): Delivery {
  const earlier = [...(delivery.earlier ?? []), { attempt, attemptedAt, outcome }];
  return { ...delivery, attempt: attempt + 1, earlier };
}

/** Returns the delivery for the attempt that follows the newest one in the delivery log. */
export function nextAttemptOf(record: DeliveryRecord): Delivery {
  const { state, attemptedAt, outcome, dueAt, ...delivery } = record;
  return nextAttempt(delivery, record);
}
