// A client of a fake relay, with virtual time that passes only while the client waits.
import { type ClientPorts, DEFAULT_PORTS } from '../../lib/client/client-ports.ts';
import { RelayClient, type RelayClientOptions } from '../../lib/client/relay-client.ts';
import { RelayError } from '../../lib/client/relay-error.ts';
import { type Way, wayOf } from './credentials.ts';
import { type FakeRelay, startFakeRelay } from './fake-relay.ts';

/** A clock that the client's waits advance. */
export interface VirtualTime {
  nowMs: number;
  /** The random number for the jitter. */
  random: number;
  /** The waits of the client, in milliseconds. */
  readonly waits: number[];
  readonly ports: Partial<ClientPorts>;
}

/** Returns virtual time that begins now. */
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

/** A client, its fake relay and its virtual time. */
export interface Scene extends AsyncDisposable {
  readonly relay: FakeRelay;
  readonly client: RelayClient;
  readonly time: VirtualTime;
}

/** Starts a fake relay and returns it with a client. */
export async function openScene(options: Partial<RelayClientOptions> & { readonly way?: Way } = {}): Promise<Scene> {
  const { way = wayOf('rfc9421'), ports, ...more } = options;
  const time = virtualTime();
  const relay = await startFakeRelay(way.key, () => time.nowMs);
  const given = { baseUrl: relay.origin, ...way.credentials, ...more, ports: { ...time.ports, ...ports } };
  const client = new RelayClient(given as RelayClientOptions);
  return { relay, client, time, [Symbol.asyncDispose]: () => relay[Symbol.asyncDispose]() };
}

/** Returns the RelayError of a failed call. @throws any other error of the call, and Error when the call does not fail */
export async function refusalOf(call: Promise<unknown>): Promise<RelayError> {
  const outcome = await call.catch((error: unknown) => error);
  if (outcome instanceof RelayError) return outcome;
  throw outcome instanceof Error ? outcome : new Error('The call was expected to fail.');
}
