// How an answer leads to the next URL: one row per kind of hop. Other kinds than redirects will be rows here.

import type { Answer } from '../../lib/net/exchange.ts';
import type { HopKind } from '../../lib/protocol/evidence/evidence.ts';

interface NextHopRow {
  readonly kind: Exclude<HopKind, 'none'>;
  /**
   * Returns the untrusted target, absolute or relative to the answer's URL, or undefined when this row does not apply.
   */
  readonly find: (answer: Answer) => string | undefined;
}

/** The statuses that browsers follow (Fetch standard, "redirect status"). We only ever send GET. */
const REDIRECT_STATUSES: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** The kinds of hops, in the order in which they are tried. */
export const NEXT_HOPS: readonly NextHopRow[] = [
  {
    kind: 'http',
    find: ({ status, headers }) =>
      REDIRECT_STATUSES.has(status) && headers.location ? readLocation(headers.location) : undefined,
  },
];

/** The next hop of a chain. */
export interface NextHop {
  readonly kind: NextHopRow['kind'];
  readonly target: string;
}

/** Returns the hop of the first row that applies, or undefined when the answer is the end. */
export function findNextHop(answer: Answer): NextHop | undefined {
  for (const { kind, find } of NEXT_HOPS) {
    const target = find(answer);
    if (target !== undefined) return { kind, target };
  }
  return undefined;
}

/** Node decodes headers as Latin-1. Many servers send UTF-8, which browsers recognize. */
function readLocation(text: string): string {
  const bytes = Buffer.from(text, 'latin1');
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return text;
  }
}

/** Returns the next URL as browsers compute it. It inherits the fragment unless the target has its own. */
export function joinTarget(target: string, from: URL): URL | undefined {
  const next = URL.parse(target, from.href);
  if (next && next.hash === '' && !target.includes('#')) next.hash = from.hash;
  return next ?? undefined;
}
