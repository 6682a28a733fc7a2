// How a joined profile's parts travel in headers: read them strictly, write them back the same way.
import type { Headers } from './http-message.ts';
import { accept, refuse, type Verdict } from './verdict.ts';

/** The texts as they stand in the headers. Untrusted when read. */
export interface Carried {
  readonly keyId?: string | undefined;
  readonly id?: string | undefined;
  readonly timestamp?: string | undefined;
  readonly nonce?: string | undefined;
  readonly signatures: readonly string[];
}

export interface Carriage {
  /** The header that names the key: its presence chooses the credential family. Absent in schemes that only go out. */
  readonly keyIdHeader: string | undefined;
  readonly signatureHeader: string;
  read(headers: Headers): Verdict<Carried, 'request_malformed' | 'signature_missing'>;
  write(carried: Carried): Record<string, string>;
}

type HeaderNames = { readonly signature: string } & Partial<Record<'keyId' | 'id' | 'timestamp' | 'nonce', string>>;

/** What stands before each signature and between two of them. */
interface ListStyle {
  readonly before: string;
  readonly between: string;
}

/** One header for each part. A comma means that a header came twice, and is refused; a list style may own one. */
export function separateHeaders(names: HeaderNames, list: ListStyle = { before: '', between: ' ' }): Carriage {
  const { signature, ...parts } = names;
  return {
    keyIdHeader: names.keyId,
    signatureHeader: signature,
    read(headers) {
      const carried: Record<string, string> = {};
      for (const [part, name] of Object.entries(parts)) {
        const text = headers[name];
        if (text === undefined || text === '') return refuse('request_malformed', `${name} is missing`);
        if (text.includes(',')) return refuse('request_malformed', `${name} has a comma`);
        carried[part] = text;
      }
      const signatures = readSignatures(headers[signature], list);
      if (!signatures) return refuse('request_malformed', `${signature} is not of its form`);
      return signatures.length === 0
        ? refuse('signature_missing', `${signature} is missing`)
        : accept({ ...carried, signatures });
    },
    write(carried) {
      const entries = Object.entries(parts).map(([part, name]) => [
        name,
        carried[part as keyof HeaderNames & keyof Carried],
      ]);
      const text = carried.signatures.map((one) => list.before + one).join(list.between);
      return Object.fromEntries([...entries, [signature, text]]);
    },
  };
}

/** The signature texts; none when the header is absent; undefined when it is of another form. */
function readSignatures(text: string | undefined, list: ListStyle): string[] | undefined {
  if (text === undefined || text === '') return [];
  const signatures = (list.before === '' ? [text] : text.split(list.between)).map((item) =>
    item.startsWith(list.before) ? item.slice(list.before.length) : ',',
  );
  return signatures.some((one) => one.includes(',')) ? undefined : signatures;
}
