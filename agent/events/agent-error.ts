// The error that ends a command of the agent.
import { ExitError } from '../../lib/terminal/exit-error.ts';

/** What a person at the terminal must know. It is printed without a stack, and ends the program with its exit code. */
export class AgentError extends ExitError {
  override readonly name = 'AgentError';
}
