// `signet verify`: checks a captured delivery as its consumer does.
import { type OutboundProfileId, PROFILES } from '../../../lib/protocol/profiles/profiles.ts';
import { deriveHmacKey, Secret } from '../../../lib/protocol/secret.ts';
import { type VerifiedWebhook, verifyWebhook } from '../../../lib/protocol/signatures/webhook.ts';
import { describeSpan } from '../../../lib/terminal/describe-span.ts';
import { asExit } from '../../../lib/terminal/exit-error.ts';
import type { ExitName } from '../../../lib/terminal/exits.ts';
import { wrap } from '../../../lib/terminal/layout.ts';
import type { Given } from '../../../lib/terminal/program.ts';
import { readSecret } from '../../../lib/terminal/read-secret.ts';
import { showJson } from '../../../lib/terminal/show-json.ts';
import { type ReadCapture, readCapture } from '../capture/read-capture.ts';
import { listEndings, TRIMMED } from '../capture/uncertain-end.ts';
import type { SignetTerminal } from '../terminal/signet-terminal.ts';
import type { VERIFY_OPTIONS } from './options.ts';

type VerifyOptions = Given<typeof VERIFY_OPTIONS>;

/** Returns `done` when the delivery is genuine and fresh, else `refused`. */
export async function verify(options: VerifyOptions, file: string, terminal: SignetTerminal): Promise<ExitName> {
  const { profile } = options;
  const nowMs = options.at ?? terminal.nowMs();
  const capture = await readCapture(file, options, terminal);
  const key = keyOf(await readSecret(options.secretFile, terminal), profile);
  const verdicts = listEndings(capture).map((one) => ({
    isTrimmed: one !== capture,
    verdict: verifyWebhook(profile, one, [key], nowMs),
  }));
  const { verdict, isTrimmed } = verdicts.find((one) => one.verdict.ok) ?? (verdicts[0] as (typeof verdicts)[number]);
  const remarks = [...capture.remarks, ...(isTrimmed ? [TRIMMED] : [])];
  const answer = verdict.ok
    ? { genuine: true, problem: null, reason: null, signedAt: timeOf(verdict.value) }
    : { genuine: false, problem: verdict.problem, reason: verdict.reason, signedAt: null };
  const sentences = verdict.ok
    ? describeGenuine(profile, verdict.value, nowMs)
    : describeRefusal(verdict.problem, verdict.reason, { file, capture });
  if (options.json) terminal.out(showJson({ profile, ...answer, remarks }));
  else terminal.out(`${[...remarks, ...sentences].flatMap((text) => wrap(text, terminal.columns)).join('\n')}\n`);
  return verdict.ok ? 'done' : 'refused';
}

function keyOf(secret: string, profile: OutboundProfileId) {
  return asExit('usage', () => deriveHmacKey(new Secret(secret), PROFILES[profile].keyBytes));
}

function timeOf({ timestampMs }: VerifiedWebhook): string | null {
  return timestampMs === undefined ? null : new Date(timestampMs).toISOString();
}

function describeGenuine(profile: OutboundProfileId, { timestampMs }: VerifiedWebhook, nowMs: number): string[] {
  if (timestampMs === undefined)
    return [
      `Genuine. ${profile} does not sign a time, so the delivery may be a replay: store the ids that you receive.`,
    ];
  const span = describeSpan(nowMs - timestampMs);
  return [`Genuine, and fresh: signed ${nowMs < timestampMs ? `${span} ahead of now` : `${span} ago`}.`];
}

function describeRefusal(
  problem: string,
  reason: string,
  { file, capture }: { file: string; capture: ReadCapture },
): string[] {
  const offMs = /^(-?\d+) ms off$/.exec(reason)?.[1];
  const why = offMs === undefined ? reason : describeOffset(Number(offMs));
  const empty = capture.body.length === 0 ? ['The capture has no body.'] : [];
  return [`Not genuine (${problem}): ${why}.`, ...empty, `For more, run: signet explain ${file}`];
}

function describeOffset(offMs: number): string {
  const span = describeSpan(offMs);
  return offMs > 0
    ? `it was signed ${span} ago, and at most 5 minutes are accepted; --at checks it as of another time`
    : `it was signed ${span} ahead of now, so one of the clocks is wrong`;
}
