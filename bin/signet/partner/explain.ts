// `signet explain`: what a captured message signs under each profile, which profile fits, and what is wrong.
import {
  type ExplainKeys,
  type Explanation,
  explainCapture,
  type ProfileReading,
} from '../../../lib/client/explain.ts';
import { UsageError } from '../../../lib/terminal/exit-error.ts';
import type { ExitName } from '../../../lib/terminal/exits.ts';
import type { Given } from '../../../lib/terminal/program.ts';
import { findSecret } from '../../../lib/terminal/read-secret.ts';
import { showJson } from '../../../lib/terminal/show-json.ts';
import { type ReadCapture, readCapture } from '../capture/read-capture.ts';
import { listEndings, TRIMMED } from '../capture/uncertain-end.ts';
import { readPublicKey } from '../terminal/read-key.ts';
import type { SignetTerminal } from '../terminal/signet-terminal.ts';
import { adviseOn } from './advice.ts';
import type { EXPLAIN_OPTIONS } from './options.ts';
import { showExplanation } from './show-explanation.ts';
import { describeSigned } from './show-request.ts';

type ExplainOptions = Given<typeof EXPLAIN_OPTIONS>;

/** Returns `done` when a signature fits, is well formed and is fresh, else `refused`. */
export async function explain(options: ExplainOptions, file: string, terminal: SignetTerminal): Promise<ExitName> {
  const nowMs = options.at ?? terminal.nowMs();
  if (options.publicKey !== undefined && options.secretFile !== undefined)
    throw new UsageError('Give --public-key or --secret-file, not both.');
  const capture = await readCapture(file, options, terminal);
  const keys = await readKeys(options, terminal);
  const { explanation, read } = explainEndings(capture, keys, nowMs);
  const remarks = [...capture.remarks, ...(read === capture ? [] : [TRIMMED])];
  const advice = [...remarks, ...adviseOn(explanation, keys, read)];
  if (options.json) terminal.out(showJson({ ...describe(explanation), advice }));
  else terminal.out(`${showExplanation(explanation, read, { advice, columns: terminal.columns }).join('\n')}\n`);
  return explanation.fitting?.form === 'well_formed' && explanation.isFresh !== false ? 'done' : 'refused';
}

async function readKeys({ publicKey, secretFile }: ExplainOptions, terminal: SignetTerminal): Promise<ExplainKeys> {
  if (publicKey !== undefined) return { secrets: [], publicKeys: [readPublicKey(publicKey)] };
  const secret = await findSecret(secretFile, terminal);
  return { secrets: secret ? [secret] : [], publicKeys: [] };
}

/** When the capture does not say how long its body is, the ending that fits is used. */
function explainEndings(capture: ReadCapture, keys: ExplainKeys, nowMs: number) {
  const explained = listEndings(capture).map((read) => ({ read, explanation: explainCapture(read, keys, nowMs) }));
  return explained.find(({ explanation }) => explanation.fitting) ?? (explained[0] as (typeof explained)[number]);
}

/** Every field is always present. Null means unknown. */
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
