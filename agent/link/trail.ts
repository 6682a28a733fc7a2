// The result of following one link: its hops and its ending. Types and limits only.

import type { Answer, ExchangeFailure } from '../../lib/net/exchange.ts';
import type { HttpUrlProblem } from '../../lib/net/http-url.ts';
import type { Hop } from '../../lib/protocol/evidence/evidence.ts';

/** The limits of one trail. */
export const TRAIL_LIMITS = {
  hops: 20,
  hopMs: 15_000,
  totalMs: 60_000,
  bodyBytes: 1024 * 1024,
} as const;

/** How a trail ended. */
export type TrailEnding =
  | { readonly kind: 'answered'; readonly finalUrl: URL; readonly answer: Answer }
  | { readonly kind: 'failed'; readonly failure: Exclude<ExchangeFailure, 'timeout'>; readonly message: string }
  | { readonly kind: 'timed_out'; readonly limit: 'hop_timeout' | 'total_timeout' }
  | { readonly kind: 'refused'; readonly problem: HttpUrlProblem; readonly message: string }
  | { readonly kind: 'url_repeated'; readonly url: string }
  | { readonly kind: 'hop_limit' }
  /** An error of the agent, which says nothing about the link. */
  | { readonly kind: 'agent_error'; readonly message: string };

/** The hops of a link and how they ended. */
export interface Trail {
  readonly hops: readonly Hop[];
  readonly ending: TrailEnding;
}
