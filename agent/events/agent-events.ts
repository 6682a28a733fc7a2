// What the agent says while it runs: a closed list, past tense, one event per outcome. JSON for programs, text for people.
import { oneLine } from '../../lib/terminal/layout.ts';

export interface AgentEvents {
  'agent.started': {
    agentId: string;
    relayUrl: string;
    allowCidrs: readonly string[];
    /** Job ids, of the jobs in hand and of the results to report. */
    resumed: readonly string[];
    spooled: readonly string[];
  };
  'agent.stopping': { graceSeconds: number };
  'agent.stopped': { spooled: number };
  'clock.skewed': { offsetSeconds: number };
  'poll.failed': { code: string; detail: string; failures: number };
  'poll.recovered': Record<never, never>;
  'job.leased': { jobId: string; trackingUrl: string; leaseUntil: string };
  'job.resolved': { jobId: string; conclusion: string; reason: string; finalUrl?: string | undefined; hops: number };
  'job.abandoned': { jobId: string; why: string };
  'result.accepted': { jobId: string };
  'result.refused': { jobId: string; code: string };
}

export type AgentEventName = keyof AgentEvents;
export type AgentEvent = { [N in AgentEventName]: { readonly event: N } & Readonly<AgentEvents[N]> }[AgentEventName];
export type EmitEvent = (event: AgentEvent) => void;

const TEXTS: { readonly [N in AgentEventName]: (fields: AgentEvents[N]) => string } = {
  'agent.started': ({ agentId, relayUrl, allowCidrs, resumed, spooled }) =>
    `Agent ${agentId} works for ${relayUrl}. Resumed ${resumed.length} jobs; ${spooled.length} results wait to be reported.${allowText(allowCidrs)}`,
  'agent.stopping': ({ graceSeconds }) =>
    `Stopping: finishing what is in hand for up to ${graceSeconds} s. Again to stop now.`,
  'agent.stopped': ({ spooled }) =>
    `Stopped. ${spooled === 0 ? 'Everything is reported.' : `${spooled} results are kept.`}`,
  'clock.skewed': ({ offsetSeconds }) =>
    `This machine's clock is ${Math.abs(offsetSeconds)} s ${offsetSeconds > 0 ? 'behind' : 'ahead of'} the relay's. Allowed for.`,
  'poll.failed': ({ code, detail }) =>
    `The relay could not be polled: ${code}${detail && ` (${detail})`}. Trying again later.`,
  'poll.recovered': () => 'The relay answers again.',
  'job.leased': ({ jobId, trackingUrl }) => `${jobId}: resolving ${trackingUrl}`,
  'job.resolved': ({ jobId, conclusion, reason, finalUrl, hops }) =>
    `${jobId}: ${conclusion} (${reason}) after ${hops} hops${finalUrl === undefined ? '' : `: ${finalUrl}`}`,
  'job.abandoned': ({ jobId, why }) => `${jobId}: given up (${why})`,
  'result.accepted': ({ jobId }) => `${jobId}: the relay has the result`,
  'result.refused': ({ jobId, code }) => `${jobId}: the relay refused the result (${code})`,
};

function allowText(cidrs: readonly string[]): string {
  return cidrs.length === 0 ? '' : ` SIGNET_ALLOW_CIDRS opens ${cidrs.join(', ')}.`;
}

export interface EventSink {
  readonly isTerminal: boolean;
  readonly write: (line: string) => void;
  readonly nowMs: () => number;
}

/** A line per event: text on a terminal, else a JSON object with `event` and `time`. */
export function createEventWriter({ isTerminal, write, nowMs }: EventSink): EmitEvent {
  return ({ event, ...fields }) => {
    const time = new Date(nowMs()).toISOString();
    const text = () => `${time.slice(11, 19)}  ${oneLine(TEXTS[event](fields as never))}`;
    write(`${isTerminal ? text() : JSON.stringify({ event, time, ...fields })}\n`);
  };
}
