#!/usr/bin/env node
// The `signet` command as partners and consumers install it: their commands alone, and no AWS.
import { openOwnTerminal } from './signet/own-terminal.ts';
import { runSignet } from './signet/run.ts';

process.exitCode = await runSignet(process.argv.slice(2), openOwnTerminal());
