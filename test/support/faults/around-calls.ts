// Ports with something of ours around each call that the relay waits for: a fault, a turn to wait for, a list of what was called.

/** What is done instead of a call. `name` is port and method; `call` makes the call itself. */
export type Around = (name: string, call: () => Promise<unknown>) => Promise<unknown>;

/** Nobody waits for these, or they are pages to come, or memory of the process: they stay as they are. */
const AS_THEY_ARE: ReadonlySet<string> = new Set(['eventLog', 'addresses', 'sender', 'due', 'seenAgents', 'targets']);

/** These give items as they come: each is a call of its own. */
const STREAMS: ReadonlySet<string> = new Set(['inventory.list', 'rows.removeAll']);

/** Copies of the ports; what is replaced in the originals later does not show in them. */
export function aroundCalls<P extends object>(ports: P, around: Around): P {
  const entries = Object.entries(ports).map(([name, port]) => [name, wrap(name, port, around)]);
  return Object.fromEntries(entries) as P;
}

function wrap(name: string, port: unknown, around: Around): unknown {
  if (typeof port !== 'object' || port === null || AS_THEY_ARE.has(name)) return port;
  return new Proxy(port, {
    get(target, method) {
      const value: unknown = Reflect.get(target, method);
      if (typeof value !== 'function') return value;
      if (STREAMS.has(`${name}.${String(method)}`))
        return (...given: unknown[]) =>
          aroundItems(Reflect.apply(value, target, given), `${name}.${String(method)}`, around);
      return (...given: unknown[]) =>
        around(`${name}.${String(method)}`, async () => Reflect.apply(value, target, given));
    },
  });
}

async function* aroundItems(items: AsyncIterable<unknown>, name: string, around: Around): AsyncIterable<unknown> {
  const iterator = items[Symbol.asyncIterator]();
  for (;;) {
    const { done, value } = (await around(name, () => iterator.next())) as IteratorResult<unknown>;
    if (done) return;
    yield value;
  }
}
