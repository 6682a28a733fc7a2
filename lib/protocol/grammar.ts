// The strict grammars of names and values that a sender chooses.

/** The id of a key. */
export const KEY_ID = /^[A-Za-z0-9_-]{1,64}$/;

/** The id of an event. It has no dot, because a dot separates the signed parts. */
export const MESSAGE_ID = /^[A-Za-z0-9_-]{1,128}$/;

/** The id of a job: `job_` and base32. */
export const JOB_ID = /^job_[a-z2-7]{52}$/;

/** A nonce. A UUID matches. */
export const NONCE = /^[A-Za-z0-9_-]{16,128}$/;
