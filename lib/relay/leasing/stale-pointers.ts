// Settles stale pointers: pointers whose job cannot be leased now are dropped, or hidden until it can.

import type { JobMessage, Pool } from '../model/ports.ts';
import type { Job } from '../model/records.ts';
import { decidePointer, type PointerDecision } from './decide-pointer.ts';
import { endJob } from './end-job.ts';
import { deleteMessages, hideMessages, type LeasingPorts } from './settle-messages.ts';

/** What is done with a stale pointer. */
export type StaleOutcome =
  | { readonly kind: 'hide'; readonly receipt: string; readonly seconds: number }
  | { readonly kind: 'drop'; readonly receipt: string; readonly why: string; readonly jobId?: string };

/** A received message, the pool of its queue, and the job that it points to, if there is one. */
export interface Pointer {
  readonly message: JobMessage;
  readonly pool: Pool;
  readonly job: Job | undefined;
}

/** Returns what the pointer is good for. A message that is no pointer is `malformed`. */
export function decideMessage({ message, pool, job }: Pointer, nowMs: number): PointerDecision | { kind: 'malformed' } {
  return message.ref ? decidePointer(message.ref, pool, job, nowMs) : { kind: 'malformed' };
}

/** Returns what is done with a pointer whose job cannot be leased. Ends the job if its attempts are used up. */
export async function handleStale(ports: LeasingPorts, pointer: Pointer, nowMs: number): Promise<StaleOutcome> {
  const { message, job } = pointer;
  const { ref, receipt } = message;
  const decision = decideMessage(pointer, nowMs);
  if (decision.kind === 'hide') return { ...decision, receipt };
  // The job can be leased after all: it changed since the write that failed. The next receiver checks it again.
  if (decision.kind === 'lease') return { kind: 'hide', receipt, seconds: 0 };
  if (decision.kind === 'fail' && job) {
    const isEnded = await endJob(ports, job, { state: 'failed', reason: 'attempts_exhausted', nowMs });
    // The job changed before the write and may still be open, so the next receiver of the message checks it again.
    if (!isEnded) return { kind: 'hide', receipt, seconds: 0 };
  }
  return { kind: 'drop', receipt, why: decision.kind, ...(ref && { jobId: ref.jobId }) };
}

/** Deletes the messages to drop, hides the messages to hide, and logs what was dropped. */
export async function settleStale(ports: LeasingPorts, pool: Pool, outcomes: readonly StaleOutcome[]): Promise<void> {
  const drops = outcomes.flatMap((outcome) => (outcome.kind === 'drop' ? [{ ...outcome, pool }] : []));
  const hidden = outcomes.filter((outcome) => outcome.kind === 'hide');
  const [dropped] = await Promise.all([deleteMessages(ports, drops), hideMessages(ports, pool, hidden)]);
  for (const { why, jobId } of dropped)
    ports.eventLog.record({ event: 'pointer.dropped', accountId: pool.accountId, why, ...(jobId && { jobId }) });
}
