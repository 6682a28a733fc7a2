// Synthesizes the app once for all e2e files: what `npm start` would make in each data directory anew, from the same sources.
import { rmSync } from 'node:fs';
import type { TestProject } from 'vitest/node';
import { synthesize } from '../../../lib/local/synthesize.ts';
import { makeDataDir, ROOT } from './laptop.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The folder of the assembly, with its stamp. */
    readonly assembly: string;
  }
}

export default async function setUp(project: TestProject): Promise<() => void> {
  const shared = makeDataDir();
  project.provide('assembly', await synthesize(ROOT, shared.path, new AbortController().signal));
  return () => rmSync(shared.path, { recursive: true, force: true });
}
