// `run` in this process, with a fake terminal that calls back during its output.
import { expect, test } from 'vitest';
import type { Terminal } from '../../agent/events/terminal.ts';
import { run } from '../../agent/run.ts';
import { loadOrCreateIdentity, saveIdentity } from '../../agent/state/identity.ts';
import { temporaryDirectory } from '../support/agent/agent-process.ts';

/** An address where nothing listens. */
const ENROLLMENT = {
  relayUrl: 'http://127.0.0.1:9',
  agentId: 'agent_1',
  accountId: 'acc1',
  pool: 'default',
  labels: [],
};

test('can be stopped by a program that reads the start event', async () => {
  using directory = temporaryDirectory();
  saveIdentity(directory.path, { ...loadOrCreateIdentity(directory.path), enrollment: ENROLLMENT });
  const stops: (() => void)[] = [];
  const said: { event: string; canStop: boolean }[] = [];
  const terminal: Terminal = {
    out: (line) => said.push({ event: JSON.parse(line).event, canStop: stops.length > 0 }),
    err: () => {},
    outIsTerminal: false,
    environment: {},
    platform: 'linux',
    nowMs: () => 1_795_337_522_387,
    monotonicMs: () => 0,
    random: () => 0,
    nonce: () => 'nonce_nonce_nonce',
    pause: async () => {},
    schedule: () => () => {},
    onStopSignal: (callback) => stops.push(callback),
  };
  const running = run(directory.path, terminal);
  // Twice, so that the agent waits for nothing.
  for (const stop of [...stops, ...stops]) stop();
  await running;
  expect(said[0]).toEqual({ event: 'agent.started', canStop: true });
  expect(said.at(-1)?.event).toBe('agent.stopped');
});
