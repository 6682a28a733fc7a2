// A client at a fake relay, with time that passes only while the client waits.
import { type ClientPorts, DEFAULT_PORTS } from '../../lib/client/client-ports.ts';
import { RelayClient, type RelayClientOptions } from '../../lib/client/relay-client.ts';
import { RelayError } from '../../lib/client/relay-error.ts';
import { type Way, wayOf } from './credentials.ts';
import { type FakeRelay, startFakeRelay } from './fake-relay.ts';

/** What the client waited, and the clock that these waits move. */
export interface VirtualTime {
  nowMs: number;
  /** What the jitter is drawn from. */
  random: number;
  readonly waits: number[];
  readonly ports: Partial<ClientPorts>;
}

export function virtualTime(): VirtualTime {
  const time: VirtualTime = {
    nowMs: Date.now(),
    random: 0.5,
    waits: [],
    ports: {
      ...DEFAULT_PORTS,
      clock: () => time.nowMs,
      random: () => time.random,
      pause: async (ms, signal) => {
        signal?.throwIfAborted();
        time.waits.push(ms);
        time.nowMs += ms;
      },
    },
  };
  return time;
}

export interface Scene extends AsyncDisposable {
  readonly relay: FakeRelay;
  readonly client: RelayClient;
  readonly time: VirtualTime;
}

export async function openScene(options: Partial<RelayClientOptions> & { readonly way?: Way } = {}): Promise<Scene> {
  const { way = wayOf('rfc9421'), ports, ...more } = options;
  const time = virtualTime();
  const relay = await startFakeRelay(way.key, () => time.nowMs);
  const given = { baseUrl: relay.origin, ...way.credentials, ...more, ports: { ...time.ports, ...ports } };
  const client = new RelayClient(given as RelayClientOptions);
  return { relay, client, time, [Symbol.asyncDispose]: () => relay[Symbol.asyncDispose]() };
}

/** The RelayError that the call fails with. @throws what else it fails with, or Error when it does not fail. */
export async function refusalOf(call: Promise<unknown>): Promise<RelayError> {
  const outcome = await call.catch((error: unknown) => error);
  if (outcome instanceof RelayError) return outcome;
  throw outcome instanceof Error ? outcome : new Error('The call was expected to fail.');
}
