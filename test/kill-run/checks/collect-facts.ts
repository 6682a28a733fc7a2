// Collects the facts of a finished run: rows, evidence, quota, deliveries and the log.
import { decodeJwt } from 'jose';
import type { OperatorAccess } from '../../../lib/aws/deployment/operator-access.ts';
import type { EvidencePayload } from '../../../lib/protocol/evidence/evidence.ts';
import { mapConcurrently } from '../../../lib/relay/model/map-concurrently.ts';
import type { Job } from '../../../lib/relay/model/records.ts';
import type { Run } from '../run.ts';
import { SUBMITTERS } from '../submit-all.ts';
import type { Facts } from './check-facts.ts';

const READS_AT_ONCE = 16;

/** Reads everything that the rules need. */
export async function collectFacts(run: Run): Promise<Facts> {
  const { accountId, cloud, clock, desktops, submitted, jobs, consumer, site } = run;
  const access = cloud.access();
  const rows = await Array.fromAsync(access.history.listCreatedSince(accountId, 0));
  const { month } = await access.quota.read(accountId, Date.now() + clock.offsetMs);
  return {
    accountId,
    agentIds: desktops.map(({ agentId }) => agentId),
    jobs,
    submitted,
    finalUrlOf: site.finalUrlOf,
    rows,
    evidence: await readEvidence(access, rows),
    deliveries: consumer.deliveries,
    quota: { used: month, lostAtMost: cloud.kills * 2 * SUBMITTERS },
    log: cloud.events(),
  };
}

async function readEvidence({ evidence }: OperatorAccess, rows: readonly Job[]): Promise<Facts['evidence']> {
  const found = await mapConcurrently(rows, READS_AT_ONCE, async ({ jobId }) => {
    const stored = await evidence.find(jobId);
    return stored ? [[jobId, decodeJwt(stored.jws) as unknown as EvidencePayload] as const] : [];
  });
  return new Map(found.flat());
}
