// How an answer leads on to the next URL: one row per way. Refresh headers, meta refresh and scripts become rows here.

import type { Answer } from '../../lib/net/exchange.ts';
import type { HopKind } from '../../lib/protocol/evidence/evidence.ts';

interface NextHopRow {
  readonly kind: Exclude<HopKind, 'none'>;
  /** The untrusted target, absolute or relative to the answer's URL; undefined when this row does not apply. */
  readonly find: (answer: Answer) => string | undefined;
}

/** What browsers follow (Fetch standard, "redirect status"); all by GET, since we never send anything else. */
const REDIRECT_STATUSES: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

export const NEXT_HOPS: readonly NextHopRow[] = [
  {
    kind: 'http',
    find: ({ status, headers }) =>
      REDIRECT_STATUSES.has(status) && headers.location ? readLocation(headers.location) : undefined,
  },
];

export interface NextHop {
  readonly kind: NextHopRow['kind'];
  readonly target: string;
}

/** The first row that applies. */
export function findNextHop(answer: Answer): NextHop | undefined {
  for (const { kind, find } of NEXT_HOPS) {
    const target = find(answer);
    if (target !== undefined) return { kind, target };
  }
  return undefined;
}

/** Node reads headers as Latin-1; where the bytes are UTF-8, as many servers send them, browsers read them so. */
function readLocation(text: string): string {
  const bytes = Buffer.from(text, 'latin1');
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return text;
  }
}

/** The next URL as browsers make it: relative to the last, which hands on its fragment unless the target has one. */
export function joinTarget(target: string, from: URL): URL | undefined {
  const next = URL.parse(target, from.href);
  if (next && next.hash === '' && !target.includes('#')) next.hash = from.hash;
  return next ?? undefined;
}
