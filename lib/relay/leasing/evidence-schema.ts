// The closed schema of the payload of evidence. Every member and every text has a limit.
import * as z from 'zod/mini';
import {
  CONTENT_TYPE_LIMIT_CHARACTERS,
  CONTROL_CHARACTER,
  CONTROL_CHARACTER_IN_NAME,
  ERROR_LIMIT_CHARACTERS,
  FINAL_URL_LIMIT_CHARACTERS,
  HOP_KINDS,
  HOP_URL_LIMIT_BYTES,
  HOPS_LIMIT,
  NAME_LIMIT_CHARACTERS,
  NAMES_LIMIT,
  REASONS_BY_CONCLUSION,
} from '../../protocol/evidence/evidence.ts';
import { accept, refuse, type Verdict } from '../../protocol/verdict.ts';

const CONCLUSIONS = Object.keys(REASONS_BY_CONCLUSION) as (keyof typeof REASONS_BY_CONCLUSION)[];

/** Returns the schema of a text that has no control characters. Lone surrogates are refused before, as not I-JSON. */
const text = (limit: number, refused = CONTROL_CHARACTER) =>
  z.string().check(
    z.maxLength(limit),
    z.refine((value) => !refused.test(value), 'has a control character'),
  );
const matching = (pattern: RegExp) => z.string().check(z.regex(pattern));
const names = z.optional(
  z.array(text(NAME_LIMIT_CHARACTERS, CONTROL_CHARACTER_IN_NAME)).check(z.maxLength(NAMES_LIMIT)),
);
const milliseconds = z.number().check(z.nonnegative());
const time = z.iso.datetime();

const hop = z.strictObject({
  url: text(HOP_URL_LIMIT_BYTES).check(z.regex(/^https?:\/\/[\x21-\x7e]+$/)),
  kind: z.enum(HOP_KINDS),
  status: z.optional(z.int().check(z.minimum(100), z.maximum(999))),
  address: z.optional(matching(/^[0-9a-f:.]{2,45}$/i)),
  tls: z.optional(z.strictObject({ protocol: text(32), certificateEndsAt: time })),
  timing: z.strictObject({
    dnsMs: z.optional(milliseconds),
    connectMs: z.optional(milliseconds),
    tlsMs: z.optional(milliseconds),
    firstByteMs: z.optional(milliseconds),
    totalMs: milliseconds,
  }),
  contentType: z.optional(text(CONTENT_TYPE_LIMIT_CHARACTERS)),
  bodySha256: z.optional(matching(/^[\w-]{43}$/)),
  cookieNamesSent: names,
  cookieNames: names,
  parametersGained: names,
  parametersLost: names,
  downgraded: z.optional(z.literal(true)),
});

// What the lease already says is compared with the job, so these texts need no limit of their own.
const payload = z.strictObject({
  accountId: z.string(),
  agentId: z.string(),
  jobId: z.string(),
  createdAt: time,
  fence: z.int(),
  trackingUrl: z.string(),
  startedAt: time,
  finishedAt: time,
  hops: z.array(hop).check(z.maxLength(HOPS_LIMIT)),
  finalUrl: z.optional(text(FINAL_URL_LIMIT_CHARACTERS)),
  conclusion: z.enum(CONCLUSIONS),
  reason: z.string(),
  error: z.optional(text(ERROR_LIMIT_CHARACTERS)),
  trimmed: z.optional(z.literal(true)),
});

/** A payload that fits the schema. Its parts may still contradict each other. */
export type WellFormedPayload = z.infer<typeof payload>;

/** Returns the payload, or refuses a value that does not fit. The reason names at most five members. */
export function parsePayload(value: unknown): Verdict<WellFormedPayload, 'validation_failed'> {
  const checked = payload.safeParse(value);
  if (checked.success) return accept(checked.data);
  const faults = checked.error.issues.slice(0, 5).map(describeIssue);
  return refuse('validation_failed', `the payload of the evidence does not fit: ${faults.join('; ')}`);
}

function describeIssue({ path, code, message }: z.core.$ZodIssue): string {
  const member = path.length === 0 ? 'the payload' : path.join('.');
  if (code === 'unrecognized_keys') return `${member} has a member that is not allowed`;
  return code === 'custom' ? `${member} ${message}` : `${member} is missing or not valid`;
}
