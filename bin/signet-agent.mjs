#!/usr/bin/env node
// The `signet-agent` command of a checkout, for any Node: it starts agent/main.ts, or says which Node is missing.
import { runTypeScript } from './run-typescript.mjs';

runTypeScript('agent/main.ts');
