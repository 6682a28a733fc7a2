// What the functions' log must show of every job, and must not show at all.
import type { Facts } from './judge.ts';

type Logged = Facts['log'][number];

export function judgeLog(facts: Pick<Facts, 'accountId' | 'log' | 'rows'>): string[] {
  const own = new Set(facts.rows.map(({ jobId }) => jobId));
  const ofOurs = facts.log.filter(({ jobId }) => own.has(String(jobId)));
  const byJob = Map.groupBy(ofOurs, ({ jobId }) => String(jobId));
  return [
    ...facts.log.filter(isTrouble).map((line) => `logged: ${JSON.stringify(line).slice(0, 400)}`),
    ...ofOurs.filter((line) => isForeign(line, facts.accountId)).map(({ jobId }) => `${jobId} is in another account`),
    ...facts.log.filter(isStray(own, facts.accountId)).map(({ jobId }) => `${jobId} is not of this account`),
    ...[...byJob].flatMap(([jobId, lines]) => judgeLines(jobId, lines)),
  ];
}

function isTrouble({ level }: Logged): boolean {
  return level === 'ERROR' || level === 'CRITICAL';
}

function isForeign({ accountId: found }: Logged, accountId: string): boolean {
  return found !== undefined && found !== accountId;
}

function isStray(own: ReadonlySet<string>, accountId: string): (line: Logged) => boolean {
  return (line) => line['accountId'] === accountId && line['jobId'] !== undefined && !own.has(String(line['jobId']));
}

/** Leases in the order in which they were granted; results and events of one lease and one kind, however often. */
function judgeLines(jobId: string, lines: readonly Logged[]): string[] {
  const named = (message: string) => lines.filter((line) => line['message'] === message);
  const fences = named('job.leased').map(({ fence }) => Number(fence));
  const agents = new Set(named('result.accepted').map(({ agentId }) => agentId));
  const events = new Set(named('event.published').map(({ eventId }) => eventId));
  return [
    ...(fences.every((fence, index) => index === 0 || fence > (fences[index - 1] ?? 0))
      ? []
      : [`${jobId} was leased under the fences ${fences.join(', ')}`]),
    ...(agents.size <= 1 ? [] : [`results of ${agents.size} agents were accepted for ${jobId}`]),
    ...(events.size <= 1 ? [] : [`${events.size} events were published of ${jobId}`]),
  ];
}
