// What the client needs from its runtime: `node:crypto`, `Buffer`, and for calls the web's globals. It needs nothing else.
import * as nodeCrypto from 'node:crypto';
import { createContext, runInContext } from 'node:vm';
import { build } from 'esbuild';
import { describe, expect, test } from 'vitest';
import type * as Client from '../../../lib/client/index.ts';
import { OUTBOUND_PROFILES } from '../../../lib/protocol/profiles/profiles.ts';
import { WAYS } from '../credentials.ts';
import { SECRET } from '../deliveries/consumer.ts';
import { JOB_ID, SUBMISSION, startFakeRelay } from '../fake-relay.ts';

const ROOT = new URL('../../..', import.meta.url).pathname;

interface Bundle {
  readonly externals: readonly string[];
  readonly text: string;
}

/** Returns the bundle of a client file. `extra` adds code, to prove that the check finds it. */
async function bundle(entry: string, extra = ''): Promise<Bundle> {
  const contents = `export * from './lib/client/${entry}.ts';\n${extra}`;
  const { metafile, outputFiles } = await build({
    stdin: { contents, resolveDir: ROOT, loader: 'ts' },
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    format: 'cjs',
    target: 'es2022',
    mainFields: ['module', 'main'],
  });
  const imports = Object.values(metafile.outputs).flatMap((output) => output.imports);
  const externals = imports.filter(({ external }) => external).map(({ path }) => path);
  return { externals: [...new Set(externals)], text: outputFiles[0]?.text ?? '' };
}

/** Runs a bundle in a context with only the language and these globals, and returns its exports. */
function load<Module>({ text }: Bundle, globals: Record<string, unknown>): Module {
  const require = (name: string) => {
    if (name !== 'node:crypto') throw new Error(`This runtime has no ${name}.`);
    return nodeCrypto;
  };
  const module = { exports: {} };
  runInContext(text, createContext({ Buffer, require, module, ...globals }));
  return module.exports as Module;
}

const WEB = { fetch, URL, AbortSignal, TextDecoder, setTimeout, clearTimeout };

describe('verifying deliveries', async () => {
  const bundled = await bundle('deliveries');

  test('imports only node:crypto', () => {
    expect(bundled.externals).toEqual(['node:crypto']);
  });

  test.each(OUTBOUND_PROFILES)('works for %s with only the language, node:crypto and Buffer', (profile) => {
    const client = load<typeof Client>(bundled, {});
    const { headers, body } = client.signTestDelivery({ profile, secret: SECRET, event: { type: 'link.resolved' } });
    const bytes = new TextEncoder().encode(body);
    for (const form of [bytes, bytes.buffer, body])
      expect(
        client.verifyDelivery({ profile, secret: SECRET, headers: new Headers(headers), body: form }),
      ).toMatchObject({
        type: 'link.resolved',
      });
    const forged = { profile, secret: SECRET, headers, body: `${body} ` };
    expect(() => client.verifyDelivery(forged)).toThrow('signature_invalid');
  });
});

describe('the whole client', async () => {
  const bundled = await bundle('index');

  test('imports only node:crypto', () => {
    expect(bundled.externals).toEqual(['node:crypto']);
  });

  test.each(WAYS)('works under $name with the web’s globals in addition', async ({ key, credentials }) => {
    await using relay = await startFakeRelay(key);
    const { RelayClient } = load<typeof Client>(bundled, WEB);
    const client = new RelayClient({ ...credentials, baseUrl: relay.origin });
    expect(await client.submit(SUBMISSION)).toMatchObject({ replayed: false, job: { jobId: JOB_ID } });
    expect(await client.get(JOB_ID)).toMatchObject({ state: 'queued' });
    expect(relay.seen.map(({ verdict }) => verdict)).toEqual(['accepted', 'accepted']);
  });
});

describe('the check itself', () => {
  test('finds an import and a global that not every runtime has', async () => {
    const extra = "import { readFileSync } from 'node:fs';\nexport const read = [readFileSync, process.env];\n";
    const bundled = await bundle('deliveries', extra);
    expect(bundled.externals).toEqual(['node:crypto', 'node:fs']);
    expect(() => load(bundled, {})).toThrow('This runtime has no node:fs.');
    expect(() => load({ ...bundled, text: 'process.env' }, {})).toThrow('process is not defined');
  });
});
