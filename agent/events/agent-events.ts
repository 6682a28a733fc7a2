// The agent's events: a closed list in the past tense, one per outcome. JSON for programs, text for people.
import { oneLine } from '../../lib/terminal/layout.ts';

/** The fields of each event. */
export interface AgentEvents {
  'agent.started': {
    agentId: string;
    relayUrl: string;
    allowCidrs: readonly string[];
    /** The ids of the jobs in progress, and of the jobs with results to report. */
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

/** The name of an event. */
export type AgentEventName = keyof AgentEvents;
/** Any event with its fields. */
export type AgentEvent = { [N in AgentEventName]: { readonly event: N } & Readonly<AgentEvents[N]> }[AgentEventName];
/** Writes an event. */
export type EmitEvent = (event: AgentEvent) => void;

const TEXTS: { readonly [N in AgentEventName]: (fields: AgentEvents[N]) => string } = {
  'agent.started': ({ agentId, relayUrl, allowCidrs, resumed, spooled }) =>
    `Agent ${agentId} works for ${relayUrl}. It resumed ${resumed.length} jobs and has ${spooled.length} results to report.${allowText(allowCidrs)}`,
  'agent.stopping': ({ graceSeconds }) =>
    `Stopping. Jobs in progress may finish for up to ${graceSeconds} s. Send the signal again to stop now.`,
  'agent.stopped': ({ spooled }) =>
    `Stopped. ${spooled === 0 ? 'All results are reported.' : `${spooled} results are kept for the next start.`}`,
  'clock.skewed': ({ offsetSeconds }) =>
    `This machine's clock is ${Math.abs(offsetSeconds)} s ${offsetSeconds > 0 ? 'behind' : 'ahead of'} the relay's. The agent compensates for it.`,
  'poll.failed': ({ code, detail }) =>
    `The relay could not be polled: ${code}${detail && ` (${detail})`}. The agent will retry.`,
  'poll.recovered': () => 'The relay answers again.',
  'job.leased': ({ jobId, trackingUrl }) => `${jobId}: resolving ${trackingUrl}`,
  'job.resolved': ({ jobId, conclusion, reason, finalUrl, hops }) =>
    `${jobId}: ${conclusion} (${reason}) after ${hops} hops${finalUrl === undefined ? '' : `: ${finalUrl}`}`,
  'job.abandoned': ({ jobId, why }) => `${jobId}: abandoned (${why})`,
  'result.accepted': ({ jobId }) => `${jobId}: the relay accepted the result`,
  'result.refused': ({ jobId, code }) => `${jobId}: the relay refused the result (${code})`,
};

function allowText(cidrs: readonly string[]): string {
  return cidrs.length === 0 ? '' : ` SIGNET_ALLOW_CIDRS opens ${cidrs.join(', ')}.`;
}

/** Where events are written. */
export interface EventSink {
  readonly isTerminal: boolean;
  readonly write: (line: string) => void;
  readonly nowMs: () => number;
}

/** Returns a writer of one line per event: text on a terminal, otherwise a JSON object with `event` and `time`. */
export function createEventWriter({ isTerminal, write, nowMs }: EventSink): EmitEvent {
  return ({ event, ...fields }) => {
    const time = new Date(nowMs()).toISOString();
    const text = () => `${time.slice(11, 19)}  ${oneLine(TEXTS[event](fields as never))}`;
    write(`${isTerminal ? text() : JSON.stringify({ event, time, ...fields })}\n`);
  };
}
