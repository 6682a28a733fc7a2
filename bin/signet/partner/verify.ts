// `signet verify`: a captured delivery, checked as its consumer would.
import { OUTBOUND_PROFILES, type OutboundProfileId, PROFILES } from '../../../lib/protocol/profiles/profiles.ts';
import { deriveHmacKey, Secret } from '../../../lib/protocol/secret.ts';
import { type VerifiedWebhook, verifyWebhook } from '../../../lib/protocol/signatures/webhook.ts';
import { type ReadCapture, readCapture } from '../capture/read-capture.ts';
import { listEndings, TRIMMED } from '../capture/uncertain-end.ts';
import { type Options, parseMoment } from '../terminal/command-line.ts';
import { describeSpan, wrap } from '../terminal/layout.ts';
import { readSecret } from '../terminal/read-secret.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { asUsage, UsageError } from '../terminal/usage-error.ts';

/** 0 when it is genuine and fresh, else 1. */
export async function verify(options: Options, file: string, terminal: Terminal): Promise<number> {
  const profile = OUTBOUND_PROFILES.find((id) => id === options.profile);
  if (!profile) throw new UsageError(`Say how it is signed: --profile ${OUTBOUND_PROFILES.join(' | ')}.`);
  const nowMs = parseMoment(options.at) ?? terminal.nowMs();
  const capture = await readCapture(file, options, terminal);
  const key = keyOf(await readSecret(options, terminal), profile);
  const verdicts = listEndings(capture).map((one) => ({
    isTrimmed: one !== capture,
    verdict: verifyWebhook(profile, one, [key], nowMs),
  }));
  const { verdict, isTrimmed } = verdicts.find((one) => one.verdict.ok) ?? (verdicts[0] as (typeof verdicts)[number]);
  const remarks = [...capture.remarks, ...(isTrimmed ? [TRIMMED] : [])];
  const answer = verdict.ok
    ? { genuine: true, problem: null, reason: null, signedAt: timeOf(verdict.value) }
    : { genuine: false, problem: verdict.problem, reason: verdict.reason, signedAt: null };
  const words = verdict.ok
    ? praise(profile, verdict.value, nowMs)
    : blame(verdict.problem, verdict.reason, { file, capture });
  if (options.json) terminal.out(`${JSON.stringify({ profile, ...answer, remarks }, null, 2)}\n`);
  else terminal.out(`${[...remarks, ...words].flatMap((text) => wrap(text, terminal.columns)).join('\n')}\n`);
  return verdict.ok ? 0 : 1;
}

function keyOf(secret: string, profile: OutboundProfileId) {
  return asUsage(() => deriveHmacKey(new Secret(secret), PROFILES[profile].keyBytes));
}

function timeOf({ timestampMs }: VerifiedWebhook): string | null {
  return timestampMs === undefined ? null : new Date(timestampMs).toISOString();
}

function praise(profile: OutboundProfileId, { timestampMs }: VerifiedWebhook, nowMs: number): string[] {
  if (timestampMs === undefined)
    return [`Genuine. ${profile} signs no time, so nothing says that it is fresh: keep the ids that you have seen.`];
  const span = describeSpan(nowMs - timestampMs);
  return [`Genuine, and fresh: signed ${nowMs < timestampMs ? `${span} ahead of now` : `${span} ago`}.`];
}

function blame(problem: string, reason: string, { file, capture }: { file: string; capture: ReadCapture }): string[] {
  const offMs = /^(-?\d+) ms off$/.exec(reason)?.[1];
  const why = offMs === undefined ? reason : describeOffset(Number(offMs));
  const empty = capture.body.length === 0 ? ['The capture has no body.'] : [];
  return [`Not genuine (${problem}): ${why}.`, ...empty, `signet explain ${file} says more.`];
}

function describeOffset(offMs: number): string {
  const span = describeSpan(offMs);
  return offMs > 0
    ? `it was signed ${span} ago, and 5 minutes are taken; --at checks it as of another time`
    : `it is signed ${span} ahead of now; one of the clocks is wrong`;
}
