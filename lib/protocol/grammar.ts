// The strict grammars of names and values that a sender chooses.

export const KEY_ID = /^[A-Za-z0-9_-]{1,64}$/;

/** Of an event. No dot, which is what stands between the signed parts. */
export const MESSAGE_ID = /^[A-Za-z0-9_-]{1,128}$/;

export const JOB_ID = /^job_[a-z2-7]{52}$/;

/** A UUID fits. */
export const NONCE = /^[A-Za-z0-9_-]{16,128}$/;
