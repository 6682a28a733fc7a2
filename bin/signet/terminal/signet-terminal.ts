// What `signet` needs of the outside world beside a terminal: the network and fresh nonces.
import { randomUUID } from 'node:crypto';
import { openProcessTerminal } from '../../../lib/terminal/process-terminal.ts';
import type { Terminal } from '../../../lib/terminal/terminal.ts';

export interface SignetTerminal extends Terminal {
  readonly nonce: () => string;
  readonly fetch: typeof fetch;
}

/** Returns the terminal of this process. */
export function openSignetTerminal(): SignetTerminal {
  return { ...openProcessTerminal(), nonce: randomUUID, fetch };
}
