// Wraps every call to a port, so that a test can inject faults, control the order of calls, or list them.

/** Runs in place of a call. `name` is port and method, as in `jobs.create`; `call` makes the call itself. */
export type Around = (name: string, call: () => Promise<unknown>) => Promise<unknown>;

/** Ports that are not wrapped: their calls are not awaited, yield pages, or only read the memory of the process. */
const NOT_WRAPPED: ReadonlySet<string> = new Set([
  'eventLog',
  'addresses',
  'sender',
  'due',
  'seenAgents',
  'heldLeases',
  'targets',
]);

/** Methods that return an async iterable. Each item counts as a call. */
const STREAMS: ReadonlySet<string> = new Set(['inventory.list', 'rows.removeAll']);

/** Returns wrapped copies of the ports. A port that is replaced in `ports` later is not replaced in the copies. */
export function aroundCalls<P extends object>(ports: P, around: Around): P {
  const entries = Object.entries(ports).map(([name, port]) => [name, wrap(name, port, around)]);
  return Object.fromEntries(entries) as P;
}

function wrap(name: string, port: unknown, around: Around): unknown {
  if (typeof port !== 'object' || port === null || NOT_WRAPPED.has(name)) return port;
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
