// What the laptop opens of its own machine: the demo's site and receiver are there, and a user's own webhook may be.

/** A CIDR. Never set in a deployed function. */
export const OPENED_RANGE = '127.0.0.0/8';
