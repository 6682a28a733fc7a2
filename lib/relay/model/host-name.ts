// Host names as partners write them: `expectedDomain` of a submission. The text is stored as it was submitted.

/** The faults that people make, in the order in which they are looked for, each with what to change. */
const FAULTS: readonly (readonly [pattern: RegExp, change: string])[] = [
  [/^$/, 'must not be empty'],
  [/[\s\p{Cc}]/u, 'must have no spaces or control characters'],
  [/^[a-z][a-z0-9+.-]*:\/\//i, 'must be a host without a scheme, such as shop.example'],
  [/[/?#\\]/, 'must be a host without a path or query, such as shop.example'],
  [/@/, 'must be a host without a user name, such as shop.example'],
  [/\*/, 'must have no wildcard; other hosts of the same registrable domain are expected too'],
  [/^[^:[\]]*:\d*$|\]:\d*$/, 'must be a host without a port, such as shop.example'],
];

const INVALID =
  'must be a domain or host name such as shop.example, or an IP address such as 192.0.2.1 or [2001:db8::1]';

/**
 * Returns what to change in an untrusted text that is not a host, or undefined for a host. A host is a name of at least one
 * label, in ASCII or international letters, or an IP address as a URL writes it.
 */
export function findHostFault(text: string): string | undefined {
  const fault = FAULTS.find(([pattern]) => pattern.test(text));
  return fault ? fault[1] : isHost(text) ? undefined : INVALID;
}

const LABEL = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/;

function isHost(text: string): boolean {
  const hostname = URL.parse(`http://${text}`)?.hostname;
  if (hostname === undefined || hostname === '') return false;
  // `0x7f.1` and `%61.example` are other texts of a host. Only a name may have another canonical form: its case, or Punycode.
  if (hostname.startsWith('[') || /^[0-9][0-9.]*$/.test(hostname)) return hostname === text.toLowerCase();
  const name = hostname.replace(/\.$/, '');
  return !text.includes('%') && name.length <= 253 && name.split('.').every((label) => LABEL.test(label));
}
