// The question before a command destroys something: the user types the id of the thing.
import { UsageError } from './exit-error.ts';
import { wrap } from './layout.ts';
import type { Terminal } from './terminal.ts';

export interface Confirmation {
  /** What exactly will happen, one sentence each. */
  readonly sentences: readonly string[];
  /** What the user must type. */
  readonly id: string;
}

/** Call it before the command reads or changes anything. @throws UsageError when standard input is not a terminal. */
export function requireTerminal({ ask }: Pick<Terminal, 'ask'>): void {
  if (!ask) throw new UsageError('This command destroys something and has no terminal to ask at. Add --yes.');
}

/** Returns true when the user typed the id. */
export async function isConfirmed({ sentences, id }: Confirmation, terminal: Terminal): Promise<boolean> {
  for (const line of sentences.flatMap((text) => wrap(text, terminal.columns))) terminal.err(`${line}\n`);
  const answer = await terminal.ask?.(`Type ${id} to continue: `);
  return answer?.trim() === id;
}
