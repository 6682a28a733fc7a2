// The outcome of an operator's command: a value, or a refusal with a stable code.

/** Every refusal code. The list is closed and the codes are stable, because scripts read them. The documents list these rows. */
export const OPERATOR_REFUSALS = {
  invalid: 'A value has the wrong form, or is out of its range.',
  account_unknown: 'No account has this id.',
  account_taken: 'An account with this id exists already, with other values.',
  account_suspended: 'The account is suspended.',
  account_deleting: 'The account is being deleted. Finish the deletion first.',
  jobs_open: 'The account or pool has open jobs.',
  pool_unknown: 'The account has no such pool.',
  pool_in_use: 'The pool is the default pool, or agents are enrolled in it.',
  key_unknown: 'No key has this id.',
  key_taken: 'The key id belongs to another key.',
  key_revoked: 'The key is revoked permanently.',
  key_has_no_secret: 'The key is a public key, so the relay has no secret of it.',
  version_unknown: 'The key has no such version.',
  version_current: 'The version is the current one, which cannot be ended alone.',
  rotation_in_overlap: 'The previous secret is still accepted.',
  secret_in_use: 'Another key or endpoint has the same secret.',
  agent_unknown: 'The account has no such agent.',
  agent_revoked: 'The agent is revoked permanently.',
  endpoint_unknown: 'The account has no such endpoint.',
  endpoint_taken: 'An endpoint with this id exists already. Its secret was shown once.',
  endpoint_limit: 'The account has the maximum number of endpoints.',
  job_unknown: 'No job has this id.',
  job_finished: 'The job has ended.',
  changed_meanwhile: 'Another command changed it at the same time. Look at it and try again.',
} as const;

export type OperatorRefusalCode = keyof typeof OPERATOR_REFUSALS;

export type Outcome<T> =
  | { readonly ok: true; readonly value: T }
  | {
      readonly ok: false;
      readonly code: OperatorRefusalCode;
      /** Says to the operator what is wrong, and what to do. It never holds a secret. */
      readonly message: string;
    };

export type OperatorRefusal = Extract<Outcome<never>, { readonly ok: false }>;

/** Returns a successful outcome. */
export function done<T>(value: T): Outcome<T> {
  return { ok: true, value };
}

/** Returns a refusal. The message says what is wrong, and then what to do. */
export function refused(code: OperatorRefusalCode, message: string): OperatorRefusal {
  return { ok: false, code, message };
}
