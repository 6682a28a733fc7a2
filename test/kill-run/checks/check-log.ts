// The rules for the functions' log: which lines each job may have, and which lines must not occur.
import type { Facts } from './check-facts.ts';

type Logged = Facts['log'][number];

/** Returns one sentence for each violated rule. */
export function checkLog(facts: Pick<Facts, 'accountId' | 'log' | 'rows'>): string[] {
  const own = new Set(facts.rows.map(({ jobId }) => jobId));
  const ownLines = facts.log.filter(({ jobId }) => own.has(String(jobId)));
  const byJob = Map.groupBy(ownLines, ({ jobId }) => String(jobId));
  return [
    ...facts.log.filter(isError).map((line) => `logged: ${JSON.stringify(line).slice(0, 400)}`),
    ...ownLines
      .filter((line) => isForeign(line, facts.accountId))
      .map(({ jobId }) => `${jobId} was logged for another account`),
    ...facts.log
      .filter(isStray(own, facts.accountId))
      .map(({ jobId }) => `${jobId} was logged for this account, which has no such job`),
    ...[...byJob].flatMap(([jobId, lines]) => checkLines(jobId, lines)),
  ];
}

function isError({ level }: Logged): boolean {
  return level === 'ERROR' || level === 'CRITICAL';
}

function isForeign({ accountId: found }: Logged, accountId: string): boolean {
  return found !== undefined && found !== accountId;
}

function isStray(own: ReadonlySet<string>, accountId: string): (line: Logged) => boolean {
  return (line) => line['accountId'] === accountId && line['jobId'] !== undefined && !own.has(String(line['jobId']));
}

/** Checks one job's lines: fences grow, all accepted results are one agent's, and all publications name one event. */
function checkLines(jobId: string, lines: readonly Logged[]): string[] {
  const named = (message: string) => lines.filter((line) => line['message'] === message);
  const fences = named('job.leased').map(({ fence }) => Number(fence));
  const agents = new Set(named('result.accepted').map(({ agentId }) => agentId));
  const events = new Set(named('event.published').map(({ eventId }) => eventId));
  return [
    ...(fences.every((fence, index) => index === 0 || fence > (fences[index - 1] ?? 0))
      ? []
      : [`${jobId} was leased under the fences ${fences.join(', ')}`]),
    ...(agents.size <= 1 ? [] : [`results of ${agents.size} agents were accepted for ${jobId}`]),
    ...(events.size <= 1 ? [] : [`${events.size} events were published for ${jobId}`]),
  ];
}
