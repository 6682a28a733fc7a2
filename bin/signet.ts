#!/usr/bin/env node
// The `signet` command of a checkout: the partner's commands, and the operator's, which are loaded only when needed.

import { PARTNER_COMMANDS } from './signet/partner/commands.ts';
import { runSignet } from './signet/partner/run.ts';
import { openSignetTerminal } from './signet/terminal/signet-terminal.ts';

const words = process.argv.slice(2);
const terminal = openSignetTerminal();
if (PARTNER_COMMANDS.some(({ name }) => name === words[0])) process.exitCode = await runSignet(words, terminal);
else {
  const { runOperator } = await import('./signet/operator/run-operator.ts');
  process.exitCode = await runOperator(words, terminal);
}
