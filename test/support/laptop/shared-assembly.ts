// Synthesizes the app once for all e2e files. Otherwise `npm start` would synthesize it in each data directory.
import { rmSync } from 'node:fs';
import type { TestProject } from 'vitest/node';
import { synthesize } from '../../../lib/local/synthesize.ts';
import { makeDataDir, ROOT } from './laptop.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The folder of the synthesized assembly, with its stamp file. */
    readonly assembly: string;
  }
}

/** Provides the assembly to the tests, and returns a function that removes it. Vitest calls it as a global setup. */
export default async function setUp(project: TestProject): Promise<() => void> {
  const shared = makeDataDir();
  project.provide('assembly', await synthesize(ROOT, shared.path, new AbortController().signal));
  return () => rmSync(shared.path, { recursive: true, force: true });
}
