// Header codecs: they read the parts of a delimited profile strictly from headers, and write them the same way.
import type { Headers } from '../http-message.ts';
import { accept, refuse, type Verdict } from '../verdict.ts';

/** The texts of the parts in the headers. They are untrusted when they were read. */
export interface HeaderTexts {
  readonly id?: string | undefined;
  readonly timestamp?: string | undefined;
  readonly nonce?: string | undefined;
  readonly signatures: readonly string[];
}

type ReadVerdict<T> = Verdict<T, 'request_malformed' | 'signature_missing'>;

/** Reads and writes the headers of one profile. */
export interface HeaderCodec {
  readonly signatureHeader: string;
  /** Reads untrusted headers strictly. */
  read(headers: Headers): ReadVerdict<HeaderTexts>;
  write(texts: HeaderTexts): Record<string, string>;
  /** Returns the texts at the places of timestamp and signatures, even malformed ones. Use them only for diagnosis. */
  peek(headers: Headers): Pick<HeaderTexts, 'timestamp' | 'signatures'>;
}

/**
 * Reads a header that must occur exactly once. The value is untrusted.
 * A comma means that the header was repeated, because gateways join repeated headers with commas.
 */
export function readSingleHeader(headers: Headers, name: string): Verdict<string, 'request_malformed'> {
  const text = headers[name];
  if (text === undefined || text === '') return refuse('request_malformed', `${name} is missing`);
  return text.includes(',') ? refuse('request_malformed', `${name} has a comma`) : accept(text);
}

type HeaderNames = { readonly signature: string } & Partial<Record<'id' | 'timestamp' | 'nonce', string>>;

/** How a header lists signatures. */
interface ListStyle {
  /** The text before each signature. */
  readonly prefix: string;
  /** The text between two signatures. */
  readonly separator: string;
  /** A header with more signatures than this is refused before any signature is compared. No rotation needs more. */
  readonly maxSignatures: number;
}

/** Returns the codec of a profile with one header for each part. `prefix` and `separator` of a list may contain a comma. */
export function separateHeaders(
  names: HeaderNames,
  list: ListStyle = { prefix: '', separator: ' ', maxSignatures: 1 },
): HeaderCodec {
  const { signature, ...parts } = names;
  const partHeaders = Object.entries(parts);
  return {
    signatureHeader: signature,
    read(headers) {
      const texts: Record<string, string> = {};
      for (const [part, name] of partHeaders) {
        const text = readSingleHeader(headers, name);
        if (!text.ok) return text;
        texts[part] = text.value;
      }
      const text = headers[signature] ?? '';
      if (text === '') return refuse('signature_missing', `${signature} is missing`);
      const signatures = readSignatures(text, list);
      return signatures
        ? accept({ ...texts, signatures })
        : refuse('request_malformed', `${signature} does not have the profile’s format`);
    },
    write(texts) {
      const entries = partHeaders.map(([part, name]) => [name, texts[part as keyof typeof parts]]);
      const text = texts.signatures.map((item) => list.prefix + item).join(list.separator);
      return Object.fromEntries([...entries, [signature, text]]);
    },
    peek: (headers) => ({
      timestamp: headers[names.timestamp ?? '']?.trim(),
      signatures: (headers[signature] ?? '')
        .split(/\s+/)
        .map((item) => (list.prefix === '' ? item : item.replace(/^v\d+[,=]/, ''))),
    }),
  };
}

/** Returns the signature texts, or undefined when the header does not follow the list style. */
function readSignatures(text: string, list: ListStyle): string[] | undefined {
  if (list.prefix === '') return text.includes(',') ? undefined : [text];
  const signatures = text
    .split(list.separator)
    .map((item) => (item.startsWith(list.prefix) ? item.slice(list.prefix.length) : ','));
  return signatures.length > list.maxSignatures || signatures.some((item) => item.includes(','))
    ? undefined
    : signatures;
}

const COMBINED = /^t=([0-9]+),v1=([A-Za-z0-9_-]+(?:,v1=[A-Za-z0-9_-]+)*)$/;

/**
 * Returns the codec of a profile with timestamp and signatures in one header, `t=…,v1=…[,v1=…]`: `t` comes first, and
 * there are no spaces. A gateway joins a repeated header with a comma, and the second `t=` makes it malformed.
 */
export function combinedHeader(name: string, { maxSignatures }: { readonly maxSignatures: number }): HeaderCodec {
  return {
    signatureHeader: name,
    read(headers) {
      const text = headers[name] ?? '';
      if (text === '') return refuse('signature_missing', `${name} is missing`);
      const [, timestamp, list = ''] = COMBINED.exec(text) ?? [];
      const signatures = list.split(',v1=');
      return timestamp === undefined || signatures.length > maxSignatures
        ? refuse('request_malformed', `${name} is not t=…,v1=… with at most ${maxSignatures} v1`)
        : accept({ timestamp, signatures });
    },
    write: ({ timestamp, signatures }) => ({
      [name]: [`t=${timestamp}`, ...signatures.map((signature) => `v1=${signature}`)].join(','),
    }),
    peek: (headers) => ({
      timestamp: /\bt=([^,\s]*)/i.exec(headers[name] ?? '')?.[1],
      signatures: [...(headers[name] ?? '').matchAll(/\bv\d=([^,\s]*)/gi)].map(([, text = '']) => text),
    }),
  };
}
