// Proxies in front of the laptop's services that kill an operator's command with SIGKILL at one of its calls.
import { join } from 'node:path';
import type { Stoppable } from '../../../lib/local/cloud/base/stoppable.ts';
import { spawnTethered } from '../../../lib/local/cloud/base/tethered-process.ts';
import { type Exchange, startMeteringProxy } from '../../../lib/local/cloud/meter/metering-proxy.ts';
import type { LaptopDeployment } from '../../../lib/local/laptop-deployment.ts';
import { type LocalState, writeLocalState } from '../../../lib/local/state-file.ts';
import { makeDataDir, ROOT } from '../../support/laptop/laptop.ts';

/** The nth call of an operation. The service carries it out, and the command dies before it reads the answer. */
export interface KillPoint {
  readonly operation: string;
  readonly nth: number;
}

export interface KillingProxies extends Stoppable {
  /** Runs a command to its end, or until it is killed. Resolves with the exit code: 137 after a kill. */
  signet(words: readonly string[], killPoint?: KillPoint): Promise<number>;
}

/** The command without its wait for caches, which is a minute and a half. */
const TOOL = join(ROOT, 'test/e2e/operator-guide/signet-without-wait.ts');

export interface KillingProxiesOptions {
  readonly state: LocalState;
  readonly laptop: LaptopDeployment;
  /** The environment of the command. */
  readonly env: Readonly<Record<string, string>>;
}

/** Starts a proxy for each service. Commands that run through them use the proxies' addresses. */
export async function startKillingProxies({ state, laptop, env }: KillingProxiesOptions): Promise<KillingProxies> {
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
    async signet(words, killPoint) {
      const running = await spawnTethered(process.execPath, [TOOL, ...words, `--local=${folder.path}`], { env });
      let count = 0;
      onCall = (operation) => {
        if (operation !== killPoint?.operation) return;
        count += 1;
        if (count === killPoint.nth) void running.kill();
      };
      return running.exited;
    },
    async stop() {
      await Promise.all(proxies.map(({ proxy }) => proxy.stop()));
      folder.remove();
    },
  };
}
