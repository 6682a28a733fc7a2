// The types of webhook events, and their parser. It reads a body only after its signature was verified.
import type { EndpointEvent, JobEvent, QuotaEvent, WebhookEvent } from '../protocol/messages.ts';

/** An event about a job. */
export type LinkEvent = JobEvent;

/** An event about an endpoint or the account. It has no job. */
export type NoticeEvent = QuotaEvent | EndpointEvent;

/** Any event; `type` discriminates the union. Events of unknown types are passed on, so handle a `default` case. */
export type RelayEvent = WebhookEvent;

/**
 * Returns the event in a verified body, or undefined when it is not an event of the relay: it is not UTF-8, not JSON, or
 * lacks a field that every event has.
 */
export function parseEvent(body: Uint8Array): RelayEvent | undefined {
  const text = Buffer.from(body).toString('utf8');
  // Decoding replaces invalid UTF-8, so the text would differ from the signed bytes.
  if (!Buffer.from(text, 'utf8').equals(body)) return undefined;
  const event = parseJson(text) as RelayEvent | undefined;
  const isComplete = [event?.id, event?.type, event?.timestamp].every((field) => typeof field === 'string');
  const { data } = event ?? {};
  return isComplete && isObject(data) && isObject(subjectOf(event)) ? event : undefined;
}

/** Returns the object that the event's type promises in `data`. Its fields are not checked, since the relay signed them. */
function subjectOf(event: RelayEvent | undefined): unknown {
  if (event?.type === 'quota.warning') return event.data.quota;
  return event?.type.startsWith('link.') ? event.data.job : event?.data;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** Returns the value, or undefined for invalid JSON. The error of `JSON.parse` is not passed on, as it quotes the text. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) ?? undefined;
  } catch {
    return undefined;
  }
}
