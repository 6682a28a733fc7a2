// Counts the calls of node:crypto in one verification. It loads lib/protocol a second time, with a crypto module that
// counts. The copy that is timed uses the real module.
import { registerHooks } from 'node:module';
import { calls } from './counting-crypto.ts';
import { ourSubjects, type Verifiers } from './our-subjects.ts';
import type { Subject } from './subject.ts';

const COUNTED = '?counted';

registerHooks({
  resolve(specifier, context, nextResolve) {
    const counted = context.parentURL?.endsWith(COUNTED);
    if (counted && specifier === 'node:crypto')
      return nextResolve('./counting-crypto.ts', { ...context, parentURL: import.meta.url });
    const found = nextResolve(specifier, context);
    return counted && specifier.startsWith('.') ? { ...found, url: found.url + COUNTED } : found;
  },
});

/** Returns the calls for one message, as a text, by the name of our subjects. */
export async function countCrypto(): Promise<ReadonlyMap<string, string>> {
  const counts = new Map<string, string>();
  for (const subject of ourSubjects(await loadCounted())) counts.set(subject.name, await describeCalls(subject));
  return counts;
}

async function describeCalls(subject: Subject): Promise<string> {
  const before = { ...calls };
  await subject.verifyAll();
  return Object.entries(calls)
    .map(([name, count]) => ({ name, each: (count - before[name as keyof typeof calls]) / subject.messages }))
    .filter(({ each }) => each > 0)
    .map(({ name, each }) => `${each} ${name}`)
    .join(', ');
}

async function loadCounted(): Promise<Verifiers> {
  const load = (name: string) => import(`../lib/protocol/signatures/${name}.ts${COUNTED}`);
  const [parsing, verifying, webhook] = await Promise.all(['parse-request', 'verify-request', 'webhook'].map(load));
  return { ...parsing, ...verifying, ...webhook };
}
