// `signet explain`: what a captured message signs under each profile, which one fits, and what is wrong.
import {
  type ExplainKeys,
  type Explanation,
  explainCapture,
  type ProfileReading,
} from '../../../lib/client/explain.ts';
import { type ReadCapture, readCapture } from '../capture/read-capture.ts';
import { listEndings, TRIMMED } from '../capture/uncertain-end.ts';
import { type Options, parseMoment } from '../terminal/command-line.ts';
import { findSecret, readPublicKey } from '../terminal/read-secret.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { UsageError } from '../terminal/usage-error.ts';
import { advise } from './advise.ts';
import { showExplanation } from './show-explanation.ts';
import { describeSigned } from './show-request.ts';

/** 0 when a signature fits, in good form and fresh; else 1. */
export async function explain(options: Options, file: string, terminal: Terminal): Promise<number> {
  const nowMs = parseMoment(options.at) ?? terminal.nowMs();
  if (options['public-key'] !== undefined && options['secret-file'] !== undefined)
    throw new UsageError('Give --public-key or --secret-file, not both.');
  const capture = await readCapture(file, options, terminal);
  const keys = await readKeys(options, terminal);
  const { explanation, read } = explainEndings(capture, keys, nowMs);
  const remarks = [...capture.remarks, ...(read === capture ? [] : [TRIMMED])];
  const advice = [...remarks, ...advise(explanation, keys, read)];
  if (options.json) terminal.out(`${JSON.stringify({ ...describe(explanation), advice }, null, 2)}\n`);
  else terminal.out(`${showExplanation(explanation, read, { advice, columns: terminal.columns }).join('\n')}\n`);
  return explanation.fitting?.form === 'well_formed' && explanation.isFresh !== false ? 0 : 1;
}

async function readKeys(options: Options, terminal: Terminal): Promise<ExplainKeys> {
  const file = options['public-key'];
  if (file !== undefined) return { secrets: [], publicKeys: [readPublicKey(file)] };
  const secret = await findSecret(options, terminal);
  return { secrets: secret ? [secret] : [], publicKeys: [] };
}

/** Where nothing says how long the body is, the ending that fits is taken. */
function explainEndings(capture: ReadCapture, keys: ExplainKeys, nowMs: number) {
  const explained = listEndings(capture).map((read) => ({ read, explanation: explainCapture(read, keys, nowMs) }));
  return explained.find(({ explanation }) => explanation.fitting) ?? (explained[0] as (typeof explained)[number]);
}

/** Every field is always there; null stands for what is not known. */
function describe({ readings, fitting, suspicion, ageMs, isFresh }: Explanation): object {
  return {
    fitting: fitting?.profile ?? null,
    holds: fitting?.form === 'well_formed',
    suspicion: suspicion ?? null,
    ageMs: ageMs ?? null,
    isFresh: isFresh ?? null,
    readings: readings.map(describeReading),
  };
}

function describeReading({
  profile,
  form,
  fits,
  reason,
  keyId,
  algorithm,
  signedContent,
  timestampMs,
}: ProfileReading) {
  return {
    profile,
    form,
    fits,
    reason: reason ?? null,
    keyId: keyId ?? null,
    algorithm: algorithm ?? null,
    timestampMs: timestampMs ?? null,
    signed: signedContent ? describeSigned(signedContent) : null,
  };
}
