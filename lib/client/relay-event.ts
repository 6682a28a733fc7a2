// The event in a webhook's body, in types, and read from bytes whose signature holds.
import type { EventType, JobEvent } from '../protocol/messages.ts';

type LinkEventType = Extract<EventType, `link.${string}`>;

/** A job ended. */
export type LinkEvent = JobEvent & { readonly type: LinkEventType };

/** About an endpoint or the account: there is no job in it. */
export interface NoticeEvent {
  readonly id: string;
  readonly type: Exclude<EventType, LinkEventType>;
  readonly timestamp: string;
  readonly data: Readonly<Record<string, unknown>> & { readonly job?: undefined };
}

/** `type` tells them apart. Types that this version does not know come through as they are: have a `default`. */
export type RelayEvent = LinkEvent | NoticeEvent;

/** Undefined for bytes that are no event of the relay: not UTF-8, not JSON, or without what every event has. */
export function parseEvent(body: Uint8Array): RelayEvent | undefined {
  const text = Buffer.from(body).toString('utf8');
  // What is not UTF-8 was read as something else than what was signed.
  if (!Buffer.from(text, 'utf8').equals(body)) return undefined;
  const event = parseJson(text) as RelayEvent | undefined;
  const isWhole = [event?.id, event?.type, event?.timestamp].every((one) => typeof one === 'string');
  const { data } = event ?? {};
  if (!isWhole || typeof data !== 'object' || data === null) return undefined;
  const needsJob = event?.type.startsWith('link.') && (typeof data.job !== 'object' || data.job === null);
  return needsJob ? undefined : event;
}

/** Without the error of `JSON.parse`, which quotes the text. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) ?? undefined;
  } catch {
    return undefined;
  }
}
