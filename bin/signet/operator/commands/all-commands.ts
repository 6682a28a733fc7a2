// The table of commands. Parser, help, README test and runner read these rows; nothing else lists them.

import type { Command } from '../command.ts';
import { ACCOUNT_COMMANDS } from './account-commands.ts';
import { AGENT_COMMANDS } from './agent-commands.ts';
import { ENDPOINT_COMMANDS } from './endpoint-commands.ts';
import { JOB_COMMANDS } from './job-commands.ts';
import { KEY_COMMANDS } from './key-commands.ts';
import { QUOTA_COMMANDS } from './quota-commands.ts';
import { REPAIR_COMMANDS } from './repair-commands.ts';
import { RING_COMMANDS } from './ring-commands.ts';
import { STATUS_COMMANDS } from './status-command.ts';

export const COMMANDS: readonly Command[] = [
  ...ACCOUNT_COMMANDS,
  ...KEY_COMMANDS,
  ...AGENT_COMMANDS,
  ...JOB_COMMANDS,
  ...QUOTA_COMMANDS,
  ...RING_COMMANDS,
  ...ENDPOINT_COMMANDS,
  ...REPAIR_COMMANDS,
  ...STATUS_COMMANDS,
];

/** Every beginning of a name: `account`, `account pool`; the whole of `status` too. */
export const GROUPS: readonly string[] = [
  ...new Set(
    COMMANDS.flatMap(({ name }) => {
      const words = name.split(' ');
      return words.slice(0, Math.max(1, words.length - 1)).map((_, index) => words.slice(0, index + 1).join(' '));
    }),
  ),
];
