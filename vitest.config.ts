// How the tests run: Node, a generous limit for each, real processes and emulators on free ports.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    environment: 'node',
    testTimeout: 20_000,
    hookTimeout: 60_000,
    // Most of the time goes by waiting for processes: the default, one worker less than there are cores, wastes it.
    maxWorkers: 3,
  },
});
