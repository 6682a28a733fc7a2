// Sends batches of submissions and reads the outcomes of their items.
import { expect } from 'vitest';
import type { BatchItem } from '../../../lib/protocol/messages.ts';
import { ACCOUNT } from './samples.ts';
import { type Answer, type Partner, sampleSubmission, type World } from './world.ts';

/** Returns the units that the sample account has used in the month of the tests. */
export const used = (world: World) => world.ports.quota.used(ACCOUNT.accountId, '2026-11');

/** Returns new submissions, each with its own idempotency key. */
export const submissions = (count: number) => Array.from({ length: count }, () => sampleSubmission());

/** Sends a batch with any body. */
export const sendBatch = (world: World, body: unknown, by?: Partner): Promise<Answer> =>
  world.ask(world.signedByPartner('POST', '/api/links/fetch/batch', body, by));

/** Sends a batch of these jobs and returns the items of the answer, which must be 200. */
export async function itemsOf(world: World, jobs: readonly unknown[], by?: Partner): Promise<readonly BatchItem[]> {
  const answer = await sendBatch(world, { jobs }, by);
  expect(answer.status).toBe(200);
  return answer.json.items;
}

/** Returns the problem code of an item, or its status if it has no problem. */
export const outcomeOf = ({ status, problem }: BatchItem) => problem?.code ?? status;
