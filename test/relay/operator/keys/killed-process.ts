// Ports that simulate a killed process: one call takes effect without an answer, and every later call throws.
import type { KeyToolPorts } from '../../../../lib/relay/operator/keys/key-ports.ts';

class Killed extends Error {}

/** Returns ports that throw from call number `fatalCall` on. That call still takes effect. Clock and randomness do not count. */
export function killAtCall(ports: KeyToolPorts, fatalCall: number): KeyToolPorts {
  let calls = 0;
  const watch = <T extends object>(port: T): T =>
    new Proxy(port, {
      get(target, name) {
        const method = Reflect.get(target, name);
        if (typeof method !== 'function') return method;
        return async (...parameters: unknown[]) => {
          calls += 1;
          if (calls > fatalCall) throw new Killed();
          const answer = await method.apply(target, parameters);
          if (calls >= fatalCall) throw new Killed();
          return answer;
        };
      },
    });
  const { keys, claims, directory, inboundRing, importedSecrets } = ports;
  return {
    ...ports,
    keys: watch(keys),
    claims: watch(claims),
    directory: watch(directory),
    inboundRing: watch(inboundRing),
    importedSecrets: watch(importedSecrets),
  };
}

/** Returns the result of the work, or undefined if it was killed. Rethrows any other error. */
export async function ignoreKill<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof Killed) return undefined;
    throw error;
  }
}
