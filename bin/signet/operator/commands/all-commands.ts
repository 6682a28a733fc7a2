// The table of the operator's commands. Parser, help, runner and the tests of the documents read these rows.

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
