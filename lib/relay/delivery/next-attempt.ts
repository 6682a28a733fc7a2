// The message of the next attempt at a delivery: the same event, and what came of the attempts so far.
import type { Delivery, DeliveryAttempt, DeliveryRecord } from '../model/records.ts';

export function nextAttempt(delivery: Delivery, { attempt, attemptedAt, outcome }: DeliveryAttempt): Delivery {
  const earlier = [...(delivery.earlier ?? []), { attempt, attemptedAt, outcome }];
  return { ...delivery, attempt: attempt + 1, earlier };
}

/** From the log, where it is known what came of the newest one. */
export function nextAfter(record: DeliveryRecord): Delivery {
  const { state, attemptedAt, outcome, dueAt, ...delivery } = record;
  return nextAttempt(delivery, record);
}
