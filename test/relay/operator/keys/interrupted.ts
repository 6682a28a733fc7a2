// Ports behind which the process dies: after so many calls have taken effect, no answer comes back, and nothing more is done.
import type { KeyToolPorts } from '../../../../lib/relay/operator/keys/key-ports.ts';

class Killed extends Error {}

/** Everything but clock and randomness is counted. Dies in the middle of call number `fatal`, whose effect is there. */
export function interrupt(ports: KeyToolPorts, fatal: number): KeyToolPorts {
  let calls = 0;
  const watch = <T extends object>(port: T): T =>
    new Proxy(port, {
      get(target, name) {
        const method = Reflect.get(target, name);
        if (typeof method !== 'function') return method;
        return async (...parameters: unknown[]) => {
          calls += 1;
          if (calls > fatal) throw new Killed();
          const answer = await method.apply(target, parameters);
          if (calls >= fatal) throw new Killed();
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

/** What comes of it: undefined when it was killed. */
export async function survive<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof Killed) return undefined;
    throw error;
  }
}
