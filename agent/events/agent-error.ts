// The ways in which a command of the agent ends, and the exit code of each. The help text prints this table.

export const EXITS = {
  done: { code: 0, meaning: 'done' },
  failed: { code: 1, meaning: 'the agent itself failed; please report it' },
  usage: { code: 2, meaning: 'the command line or a setting is wrong' },
  not_enrolled: { code: 3, meaning: 'this desktop is not enrolled yet' },
  state_unusable: { code: 4, meaning: 'the state directory cannot be used, or another agent uses it' },
  relay_unreachable: { code: 5, meaning: 'the relay did not answer; the same command may be repeated' },
  relay_refused: { code: 6, meaning: 'the relay refused the request' },
  not_valid: { code: 7, meaning: 'once: the link has another conclusion than "valid"' },
} as const;

export type ExitName = keyof typeof EXITS;

/** What a person at the terminal must know: printed without a stack, ends the program with its exit code. */
export class AgentError extends Error {
  readonly exit: ExitName;

  constructor(exit: ExitName, message: string) {
    super(message);
    this.exit = exit;
  }
}
