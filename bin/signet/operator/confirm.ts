// The question before something is destroyed.
import { wrap } from '../terminal/layout.ts';
import { UsageError } from '../terminal/usage-error.ts';
import type { Confirmation } from './command.ts';
import { CommandStop } from './command-stop.ts';
import type { OperatorTerminal } from './operator-terminal.ts';

/** @throws UsageError where nobody can be asked; before anything is read or done. */
export function requireSomebody({ ask }: OperatorTerminal): void {
  if (!ask) throw new UsageError('This destroys something, and nobody is here to be asked: add --yes.');
}

/** @throws CommandStop when the answer is not the id. */
export async function askFor({ sentences, id }: Confirmation, terminal: OperatorTerminal): Promise<void> {
  for (const line of sentences.flatMap((text) => wrap(text, terminal.columns))) terminal.err(`${line}\n`);
  const answer = await terminal.ask?.(`Type ${id} to go on: `);
  if (answer?.trim() === id) return;
  throw new CommandStop('refused', 'not_confirmed', `Nothing was done: the answer was not ${id}.`);
}
