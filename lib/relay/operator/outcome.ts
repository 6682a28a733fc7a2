// What an operator gets: what was asked for, or why not, under a stable code.

/** Closed, and stable: scripts read it. The command line's documentation lists these rows. */
export const OPERATOR_REFUSALS = {
  invalid: 'A value is not of its form, or out of its range.',
  account_unknown: 'No account has this id.',
  account_taken: 'An account with this id is there already, and is another.',
  account_suspended: 'The account is suspended.',
  account_deleting: 'The account is being deleted: finish that first.',
  jobs_open: 'Jobs of the account or pool have not ended.',
  pool_unknown: 'The account has no such pool.',
  pool_in_use: 'The pool is the default one, or agents are enrolled in it.',
  key_unknown: 'No key has this id.',
  key_taken: 'The key id is somebody else’s, or of another kind.',
  key_revoked: 'The key is revoked for good.',
  key_has_no_secret: 'The key is a public key: its owner makes a new one.',
  version_unknown: 'The key has no such version.',
  version_current: 'The version is the current one, which is not to be ended alone.',
  rotation_in_overlap: 'The secret before the current one is still taken.',
  secret_in_use: 'Another key or endpoint has this very secret.',
  agent_unknown: 'The account has no such agent.',
  agent_revoked: 'The agent is revoked for good.',
  endpoint_unknown: 'The account has no such endpoint.',
  endpoint_taken: 'An endpoint with this id is there already; its secret is shown once.',
  endpoint_limit: 'The account has as many endpoints as it may have.',
  job_unknown: 'No job has this id.',
  job_finished: 'The job has ended.',
  changed_meanwhile: 'Somebody else changed it at the same moment: look, and try again.',
} as const;

export type OperatorRefusalCode = keyof typeof OPERATOR_REFUSALS;

export type Outcome<T> =
  | { readonly ok: true; readonly value: T }
  | {
      readonly ok: false;
      readonly code: OperatorRefusalCode;
      /** In the operator's words: what is so, and what to do about it. Never a secret. */
      readonly message: string;
    };

export type OperatorRefusal = Extract<Outcome<never>, { readonly ok: false }>;

export function done<T>(value: T): Outcome<T> {
  return { ok: true, value };
}

export function refused(code: OperatorRefusalCode, message: string): OperatorRefusal {
  return { ok: false, code, message };
}
