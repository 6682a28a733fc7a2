// The event in a webhook's body, in types, and read from bytes whose signature holds.
import type { EndpointEvent, JobEvent, QuotaEvent, WebhookEvent } from '../protocol/messages.ts';

export type LinkEvent = JobEvent;

/** About an endpoint or the account: there is no job in it. */
export type NoticeEvent = QuotaEvent | EndpointEvent;

/** `type` tells them apart. Types that this version does not know come through as they are: have a `default`. */
export type RelayEvent = WebhookEvent;

/** Undefined for bytes that are no event of the relay: not UTF-8, not JSON, or without what every event has. */
export function parseEvent(body: Uint8Array): RelayEvent | undefined {
  const text = Buffer.from(body).toString('utf8');
  // What is not UTF-8 was read as something else than what was signed.
  if (!Buffer.from(text, 'utf8').equals(body)) return undefined;
  const event = parseJson(text) as RelayEvent | undefined;
  const isWhole = [event?.id, event?.type, event?.timestamp].every((one) => typeof one === 'string');
  const { data } = event ?? {};
  return isWhole && isObject(data) && isObject(subjectOf(event)) ? event : undefined;
}

/** What the types promise. What is in it is for who reads it: the relay's signature holds. */
function subjectOf(event: RelayEvent | undefined): unknown {
  if (event?.type === 'quota.warning') return event.data.quota;
  return event?.type.startsWith('link.') ? event.data.job : event?.data;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** Without the error of `JSON.parse`, which quotes the text. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) ?? undefined;
  } catch {
    return undefined;
  }
}
