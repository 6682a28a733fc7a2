// Accepts all results of one pull at the same time, and deletes the messages of those that were accepted.

import type { PullResponse, ResultReport } from '../../protocol/messages.ts';
import type { AgentCall } from '../http/request-pipeline.ts';
import { settleAll } from '../model/settle-all.ts';
import { acceptResult, type ResultPorts } from './accept-result.ts';
import { deleteMessages, type MessagePorts } from './settle-messages.ts';

/**
 * Accepts at most ten reported results, and returns which were accepted and which were rejected.
 * @throws DependencyUnavailable when one could not be accepted. The others were accepted or rejected all the same, and a
 * repeat of the report gets the same answer for them.
 */
export async function acceptResults(
  ports: ResultPorts & MessagePorts,
  call: AgentCall,
  results: readonly ResultReport[],
): Promise<Pick<PullResponse, 'accepted' | 'rejected'>> {
  const { values, failure } = await settleAll(results, async (report) => ({
    jobId: report.lease.jobId,
    verdict: await acceptResult(ports, call, report),
  }));
  // Before the failure is thrown: when the agent reports again, these results are accepted without their message.
  await deleteMessages(
    ports,
    values.flatMap(({ verdict }) => (verdict.ok && verdict.value.message ? [verdict.value.message] : [])),
  );
  if (failure) throw failure.error;
  return {
    accepted: values.flatMap(({ jobId, verdict }) => (verdict.ok ? [jobId] : [])),
    rejected: values.flatMap(({ jobId, verdict }) => (verdict.ok ? [] : [{ jobId, code: verdict.problem }])),
  };
}
