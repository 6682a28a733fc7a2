// The request pipeline, loaded a second time by Node on top of recorded-crypto.ts. Nothing global is replaced.
import { createRequire, registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';
import type * as RequestPipeline from '../../../../lib/relay/http/request-pipeline.ts';
import type * as Recorded from './recorded-crypto.ts';

const root = new URL('../../../../', import.meta.url).href;
const watched = new URL('recorded-crypto.ts', import.meta.url).href;

function loadWatched() {
  const hooks = registerHooks({
    resolve(specifier, context, nextResolve) {
      const isOurs = context.parentURL?.startsWith(`${root}lib/`);
      if (specifier === 'node:crypto' && isOurs) return nextResolve(watched, context);
      const found = nextResolve(specifier, context);
      return found.url.startsWith(`${root}lib/`) ? { ...found, url: `${found.url}?watched` } : found;
    },
  });
  const load = createRequire(import.meta.url);
  try {
    const { record }: typeof Recorded = load(fileURLToPath(watched));
    const { createRequestPipeline }: typeof RequestPipeline = load(
      fileURLToPath(`${root}lib/relay/http/request-pipeline.ts`),
    );
    return { createRequestPipeline, record };
  } finally {
    hooks.deregister();
  }
}

/** The pipeline whose MACs and checks are recorded, and the record. */
export const { createRequestPipeline: createWatchedPipeline, record } = loadWatched();
