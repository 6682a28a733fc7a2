// Which changes of the table invoke the publish function, as filter patterns of its event source.

/** A job became terminal. Other changes (leases, one-time values, quota) never invoke the function. */
export const BECAME_TERMINAL = {
  dynamodb: {
    NewImage: { kind: { S: ['job'] }, state: { S: ['completed', 'failed', 'expired', 'canceled'] } },
    OldImage: { state: { S: ['queued', 'leased'] } },
  },
} as const;

/** A quota warning appeared. `exists` works only on leaf nodes, and a number is a leaf under its type. */
export const BECAME_WARNED = {
  dynamodb: {
    NewImage: { kind: { S: ['quota'] }, warnedAt: { N: [{ exists: true }] } },
    OldImage: { warnedAt: { N: [{ exists: false }] } },
  },
} as const;
