// `signet-agent once <url>`: resolves one link and prints the result. It needs no relay and no enrolment.
import { guardedRequest } from '../lib/net/guarded-request.ts';
import type { Hop } from '../lib/protocol/evidence/evidence.ts';
import { printable } from '../lib/terminal/layout.ts';
import { readPolicy } from './events/settings.ts';
import type { Terminal } from './events/terminal.ts';
import { classifyResult, type Finding } from './link/classify-result.ts';
import { resolveLink } from './link/resolve-link.ts';

/** Resolves the link and prints its hops and conclusion. Returns true when the conclusion is `valid`. */
export async function once(url: string, expectedDomain: string | undefined, terminal: Terminal): Promise<boolean> {
  const { allowCidrs, ...policy } = readPolicy(terminal.environment);
  if (allowCidrs.length > 0) terminal.err(`SIGNET_ALLOW_CIDRS opens ${allowCidrs.join(', ')}.\n`);
  const { monotonicMs, nowMs } = terminal;
  const exchange = (request: Parameters<typeof guardedRequest>[0]) => guardedRequest(request, { policy, monotonicMs });
  const trail = await resolveLink({ trackingUrl: url }, { exchange, policy, monotonicMs, nowMs });
  const finding = classifyResult(trail, expectedDomain);
  terminal.out(
    terminal.outIsTerminal ? describe(trail.hops, finding) : `${JSON.stringify({ ...finding, hops: trail.hops })}\n`,
  );
  return finding.conclusion === 'valid';
}

function describe(hops: readonly Hop[], { conclusion, reason, finalUrl, error }: Finding): string {
  const lines = hops.map(
    (hop) => `${hop.status ?? '---'}  ${hop.url}  (${hop.address ?? 'no address'}, ${hop.timing.totalMs} ms)`,
  );
  const last = [`${conclusion} (${reason})`, error, finalUrl].filter((part) => part !== undefined).join('\n');
  return `${[...lines, '', last].map(printable).join('\n')}\n`;
}
