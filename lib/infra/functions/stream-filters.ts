// Which changes of the table reach the publish function, as patterns of its event source.

/** Whatever else changes (leases, one-time values, units taken and given back) never invokes the function. */
export const BECAME_TERMINAL = {
  dynamodb: {
    NewImage: { kind: { S: ['job'] }, state: { S: ['completed', 'failed', 'expired', 'canceled'] } },
    OldImage: { state: { S: ['queued', 'leased'] } },
  },
} as const;

/** `exists` looks at leaves alone, and a number is one under its type. */
export const BECAME_WARNED = {
  dynamodb: {
    NewImage: { kind: { S: ['quota'] }, warnedAt: { N: [{ exists: true }] } },
    OldImage: { warnedAt: { N: [{ exists: false }] } },
  },
} as const;
