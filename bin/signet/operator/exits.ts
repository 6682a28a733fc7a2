// The exit codes of the operator's commands: help, README and tests read these rows.

export const EXITS = {
  done: { code: 0, text: 'done' },
  refused: { code: 1, text: 'refused, or not confirmed' },
  usage: { code: 2, text: 'the command line or a file' },
  unanswered: { code: 3, text: 'AWS or the laptop did not answer, or took no credentials' },
  defect: { code: 70, text: 'a fault of signet itself' },
  interrupted: { code: 130, text: 'stopped by Ctrl-C' },
} as const;

export type ExitName = keyof typeof EXITS;
