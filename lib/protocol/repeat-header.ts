// The header with which an agent says that it sends a signed pull once more, because the answer was lost.

/** Its value is `1`; any other says nothing. It is not signed, so that the bytes that are stay the same. */
export const REPEAT_HEADER = 'x-signet-repeat';
