// The addresses of this machine, which the laptop allows. The demo's site and receiver have them.

/** A CIDR range. No deployed function allows it. */
export const LOOPBACK_RANGE = '127.0.0.0/8';
