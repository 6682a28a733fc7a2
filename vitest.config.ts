// How the tests run: Node, a generous limit for each, real processes and emulators on free ports.
import { defineConfig } from 'vitest/config';

/** Rooms whose tests start no process and keep no state between files: they share a worker, and load each module once. */
const PURE = [
  'protocol',
  'relay',
  'client',
  'docs',
  'aws',
  'infra',
  'net',
  'api',
  'support',
  'architecture',
  'model',
  'kill-run',
].map((room) => `test/${room}/**/*.test.ts`);

const E2E = ['test/e2e/**/*.test.ts'];

export default defineConfig({
  test: {
    environment: 'node',
    // These only end what hangs. A busy machine may take its time.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // Most of the time goes by waiting for processes: the default, one worker less than there are cores, wastes it.
    maxWorkers: 3,
    projects: [
      { extends: true, test: { name: 'pure', include: PURE, isolate: false } },
      {
        extends: true,
        // A machine with much to do takes its time, and a delivery that met a receiver not yet there comes again after 5 s.
        test: {
          name: 'e2e',
          include: E2E,
          globalSetup: 'test/support/laptop/shared-assembly.ts',
          testTimeout: 180_000,
        },
      },
      { extends: true, test: { name: 'processes', include: ['test/**/*.test.ts'], exclude: [...PURE, ...E2E] } },
    ],
  },
});
