// The laptop's services behind proxies, for a tool that is killed at one of its calls: with SIGKILL, as a power cut would.
import { join } from 'node:path';
import type { Stoppable } from '../../../lib/local/cloud/base/stoppable.ts';
import { spawnTethered } from '../../../lib/local/cloud/base/tethered-process.ts';
import { type Exchange, startMeteringProxy } from '../../../lib/local/cloud/meter/metering-proxy.ts';
import type { LaptopDeployment } from '../../../lib/local/laptop-deployment.ts';
import { type LocalState, writeLocalState } from '../../../lib/local/state-file.ts';
import { makeDataDir, ROOT } from '../../support/laptop/laptop.ts';

/** The so-manieth call of that operation: it is carried out, and its answer heard by nobody. */
export interface Death {
  readonly operation: string;
  readonly nth: number;
}

export interface FatalRelay extends Stoppable {
  /** Runs the words to their end, or to that death. The exit code; 137 of a killed one. */
  signet(words: readonly string[], death?: Death): Promise<number>;
}

/** Whoever waits a minute and a half elsewhere does not wait here. */
const TOOL = join(ROOT, 'test/e2e/operator-guide/hurried-signet.ts');

export interface FatalRelayOptions {
  readonly state: LocalState;
  readonly laptop: LaptopDeployment;
  /** Of the tool. */
  readonly env: Readonly<Record<string, string>>;
}

export async function startFatalRelay({ state, laptop, env }: FatalRelayOptions): Promise<FatalRelay> {
  const { deployment, services } = laptop;
  const folder = makeDataDir();
  let onCall = (_operation: string) => {};
  const exchange: Exchange = async ({ operation, body }, forward) => {
    const answer = await forward(body);
    onCall(operation);
    return answer;
  };
  const proxies = await Promise.all(
    (['dynamodb', 'sqs'] as const).map(async (name) => {
      const proxy = await startMeteringProxy(services[name]?.endpoint ?? '', exchange);
      return { proxy, service: { [name]: { ...services[name], endpoint: proxy.url } } };
    }),
  );
  const behind = Object.assign({}, services, ...proxies.map(({ service }) => service));
  writeLocalState(folder.path, { ...state, operator: { deployment, services: behind } });
  return {
    async signet(words, death) {
      const running = await spawnTethered(process.execPath, [TOOL, ...words, `--local=${folder.path}`], { env });
      let count = 0;
      onCall = (operation) => {
        if (operation !== death?.operation) return;
        count += 1;
        if (count === death.nth) void running.kill();
      };
      return running.exited;
    },
    async stop() {
      await Promise.all(proxies.map(({ proxy }) => proxy.stop()));
      folder.remove();
    },
  };
}
