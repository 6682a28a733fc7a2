// The exit codes of `signet`, `signet-agent` and `npm start`. Their help prints this table, and the documents repeat it.

export const EXITS = {
  done: { code: 0, meaning: 'done' },
  refused: { code: 1, meaning: 'refused, not genuine, not confirmed or failed; the output says why' },
  usage: { code: 2, meaning: 'the command line, a setting or a file is wrong' },
  unanswered: { code: 3, meaning: 'the relay or AWS did not answer, or did not accept the credentials' },
  state_unusable: { code: 4, meaning: 'the state directory cannot be used, or another process uses it' },
  not_enrolled: { code: 5, meaning: 'this desktop is not enrolled yet' },
  identity_in_use: { code: 6, meaning: 'signet-agent run: another agent with this identity has started since' },
  not_valid: { code: 7, meaning: 'signet-agent once: the conclusion is not "valid"' },
  defect: { code: 70, meaning: 'the program itself failed; please report it' },
  interrupted: { code: 130, meaning: 'stopped by Ctrl-C before the work was done' },
} as const;

export type ExitName = keyof typeof EXITS;
