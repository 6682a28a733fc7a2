// How a joined profile's parts travel in headers: read them strictly, write them back the same way.
import type { Headers } from '../http-message.ts';
import { accept, refuse, type Verdict } from '../verdict.ts';

/** The texts as they stand in the headers. Untrusted when read. */
export interface Carried {
  readonly id?: string | undefined;
  readonly timestamp?: string | undefined;
  readonly nonce?: string | undefined;
  readonly signatures: readonly string[];
}

type ReadVerdict<T> = Verdict<T, 'request_malformed' | 'signature_missing'>;

export interface HeaderCodec {
  readonly signatureHeader: string;
  read(headers: Headers): ReadVerdict<Carried>;
  write(carried: Carried): Record<string, string>;
  /** What stands where they belong, however badly formed: to tell a sender what is wrong with it, and for nothing else. */
  peek(headers: Headers): Pick<Carried, 'timestamp' | 'signatures'>;
}

/** The text of a header that must be there once. A comma means that it came twice: gateways join with commas. */
export function readSingleHeader(headers: Headers, name: string): Verdict<string, 'request_malformed'> {
  const text = headers[name];
  if (text === undefined || text === '') return refuse('request_malformed', `${name} is missing`);
  return text.includes(',') ? refuse('request_malformed', `${name} has a comma`) : accept(text);
}

type HeaderNames = { readonly signature: string } & Partial<Record<'id' | 'timestamp' | 'nonce', string>>;

/** What stands before each signature and between two of them. */
interface ListStyle {
  readonly before: string;
  readonly between: string;
  /** More signatures than any rotation has are refused, before any of them is compared. */
  readonly atMost: number;
}

/** One header for each part. A list style may own a comma. */
export function separateHeaders(
  names: HeaderNames,
  list: ListStyle = { before: '', between: ' ', atMost: 1 },
): HeaderCodec {
  const { signature, ...parts } = names;
  const partHeaders = Object.entries(parts);
  return {
    signatureHeader: signature,
    read(headers) {
      const carried: Record<string, string> = {};
      for (const [part, name] of partHeaders) {
        const text = readSingleHeader(headers, name);
        if (!text.ok) return text;
        carried[part] = text.value;
      }
      const text = headers[signature] ?? '';
      if (text === '') return refuse('signature_missing', `${signature} is missing`);
      const signatures = readSignatures(text, list);
      return signatures
        ? accept({ ...carried, signatures })
        : refuse('request_malformed', `${signature} is not of its form`);
    },
    write(carried) {
      const entries = partHeaders.map(([part, name]) => [name, carried[part as keyof typeof parts]]);
      const text = carried.signatures.map((one) => list.before + one).join(list.between);
      return Object.fromEntries([...entries, [signature, text]]);
    },
    peek: (headers) => ({
      timestamp: headers[names.timestamp ?? '']?.trim(),
      signatures: (headers[signature] ?? '')
        .split(/\s+/)
        .map((one) => (list.before === '' ? one : one.replace(/^v\d+[,=]/, ''))),
    }),
  };
}

/** The signature texts, or undefined when the header is of another form. */
function readSignatures(text: string, list: ListStyle): string[] | undefined {
  if (list.before === '') return text.includes(',') ? undefined : [text];
  const signatures = text
    .split(list.between)
    .map((item) => (item.startsWith(list.before) ? item.slice(list.before.length) : ','));
  return signatures.length > list.atMost || signatures.some((one) => one.includes(',')) ? undefined : signatures;
}

const COMBINED = /^t=([0-9]+),v1=([A-Za-z0-9_-]+(?:,v1=[A-Za-z0-9_-]+)*)$/;

/**
 * Timestamp and signatures in one header, `t=…,v1=…[,v1=…]`: `t` first, no spaces, nothing else. A header that came
 * twice is joined with a comma, and fails on its second `t=`.
 */
export function combinedHeader(name: string, { atMost }: { readonly atMost: number }): HeaderCodec {
  return {
    signatureHeader: name,
    read(headers) {
      const text = headers[name] ?? '';
      if (text === '') return refuse('signature_missing', `${name} is missing`);
      const [, timestamp, list = ''] = COMBINED.exec(text) ?? [];
      const signatures = list.split(',v1=');
      return timestamp === undefined || signatures.length > atMost
        ? refuse('request_malformed', `${name} is not t=…,v1=… with at most ${atMost} v1`)
        : accept({ timestamp, signatures });
    },
    write: ({ timestamp, signatures }) => ({
      [name]: [`t=${timestamp}`, ...signatures.map((one) => `v1=${one}`)].join(','),
    }),
    peek: (headers) => ({
      timestamp: /\bt=([^,\s]*)/i.exec(headers[name] ?? '')?.[1],
      signatures: [...(headers[name] ?? '').matchAll(/\bv\d=([^,\s]*)/gi)].map(([, one = '']) => one),
    }),
  };
}
