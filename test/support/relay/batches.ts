// Batches as the tests send them, and what becomes of their items.
import { expect } from 'vitest';
import type { BatchItem } from '../../../lib/protocol/messages.ts';
import { ACCOUNT } from './samples.ts';
import { type Answer, type Partner, sampleSubmission, type World } from './world.ts';

export const used = (world: World) => world.ports.quota.used(ACCOUNT.accountId, '2026-11');
export const submissions = (count: number) => Array.from({ length: count }, () => sampleSubmission());
export const sendBatch = (world: World, body: unknown, by?: Partner): Promise<Answer> =>
  world.ask(world.signedByPartner('POST', '/api/links/fetch/batch', body, by));

export async function itemsOf(world: World, jobs: readonly unknown[], by?: Partner): Promise<readonly BatchItem[]> {
  const answer = await sendBatch(world, { jobs }, by);
  expect(answer.status).toBe(200);
  return answer.json.items;
}

export const outcomeOf = ({ status, problem }: BatchItem) => problem?.code ?? status;
