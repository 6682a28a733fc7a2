#!/usr/bin/env node
// The `signet` command of a checkout: what partners have, and the operator's part, which is loaded only when it is asked for.

import { runSignet } from './signet/partner/run.ts';
import { isPartnerLine } from './signet/terminal/is-partner-line.ts';
import { openProcessTerminal } from './signet/terminal/process-terminal.ts';

const words = process.argv.slice(2);
if (isPartnerLine(words)) process.exitCode = await runSignet(words, openProcessTerminal());
else {
  const [{ runOperator }, { openOperatorTerminal }] = await Promise.all([
    import('./signet/operator/run-operator.ts'),
    import('./signet/operator/process-terminal.ts'),
  ]);
  process.exitCode = await runOperator(words, openOperatorTerminal());
}
