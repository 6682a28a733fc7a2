#!/usr/bin/env node
// The `signet` command of a checkout, for any Node: it starts bin/signet.ts, or says which Node is missing.
import { runTypeScript } from './run-typescript.mjs';

runTypeScript('bin/signet.ts');
