#!/usr/bin/env node
// The `signet` command as partners and consumers install it: their commands alone, and no AWS.

import { runSignet } from './signet/partner/run.ts';
import { openSignetTerminal } from './signet/terminal/signet-terminal.ts';

process.exitCode = await runSignet(process.argv.slice(2), openSignetTerminal());
