// Reads what came of a run: rows, evidence, units, deliveries and the log.
import { decodeJwt } from 'jose';
import type { OperatorAccess } from '../../../lib/aws/deployment/operator-access.ts';
import type { EvidencePayload } from '../../../lib/protocol/evidence/evidence.ts';
import { mapConcurrently } from '../../../lib/relay/model/map-concurrently.ts';
import type { Job } from '../../../lib/relay/model/records.ts';
import type { Run } from '../run.ts';
import { SUBMITTERS } from '../submitters.ts';
import type { Facts } from './judge.ts';

const READS_AT_ONCE = 16;

export async function collectFacts(run: Run): Promise<Facts> {
  const { accountId, cloud, clock, desks, handed, jobs, consumer, site } = run;
  const access = cloud.access();
  const rows = await Array.fromAsync(access.history.listCreatedSince(accountId, 0));
  const { month } = await access.quota.read(accountId, Date.now() + clock.offsetMs);
  return {
    accountId,
    agentIds: desks.map(({ agentId }) => agentId),
    jobs,
    handed,
    endOf: site.endOf,
    rows,
    evidence: await readEvidence(access, rows),
    deliveries: consumer.deliveries,
    quota: { used: month, lostAtMost: cloud.kills * 2 * SUBMITTERS },
    log: cloud.events(),
  };
}

async function readEvidence({ evidence }: OperatorAccess, rows: readonly Job[]): Promise<Facts['evidence']> {
  const found = await mapConcurrently(rows, READS_AT_ONCE, async ({ jobId }) => {
    const kept = await evidence.find(jobId);
    return kept ? [[jobId, decodeJwt(kept.jws) as unknown as EvidencePayload] as const] : [];
  });
  return new Map(found.flat());
}
