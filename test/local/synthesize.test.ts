// When the app is synthesized again, tested with a small app that counts its runs.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { synthesize } from '../../lib/local/synthesize.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { eventually } from './cloud/fake-assembly.ts';

const COUNTING = `
  import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
  mkdirSync(process.env.CDK_OUTDIR, { recursive: true });
  writeFileSync(process.env.CDK_OUTDIR + '/manifest.json', '{}');
  appendFileSync('runs', 'x');
`;
const NEVER = new AbortController().signal;

function createApp(code: string) {
  const root = temporaryFolder();
  for (const folder of ['bin', 'lib', 'lambdas']) mkdirSync(join(root, folder));
  for (const file of ['cdk.json', 'package-lock.json']) writeFileSync(join(root, file), '{}');
  writeFileSync(join(root, 'bin/relay.ts'), code);
  const runs = () => (existsSync(join(root, 'runs')) ? readFileSync(join(root, 'runs'), 'utf8').length : 0);
  return { root, runs, dataDir: temporaryFolder() };
}

test('runs once for the same sources, and again for changed sources or a missing assembly', async () => {
  const { root, runs, dataDir } = createApp(COUNTING);
  const assembly = await synthesize(root, dataDir, NEVER);
  expect(existsSync(join(assembly, 'manifest.json'))).toBe(true);
  await synthesize(root, dataDir, NEVER);
  expect(runs()).toBe(1);
  writeFileSync(join(root, 'lib/new.ts'), '');
  await synthesize(root, dataDir, NEVER);
  expect(runs()).toBe(2);
  rmSync(assembly, { recursive: true });
  await synthesize(root, dataDir, NEVER);
  expect(runs()).toBe(3);
});

test('fails with the app’s output, and does not use a failed assembly later', async () => {
  const { root, dataDir } = createApp('console.error("no such stage"); process.exit(3);');
  for (const _ of ['first', 'again'])
    await expect(synthesize(root, dataDir, NEVER)).rejects.toThrow('could not be synthesized:\nno such stage');
});

test('ends the app when the signal fires, and throws the signal’s reason', async () => {
  const { root, runs, dataDir } = createApp(`${COUNTING}; setInterval(() => {}, 1000);`);
  const stopping = new AbortController();
  const synthesizing = synthesize(root, dataDir, stopping.signal);
  const outcome = expect(synthesizing).rejects.toThrow('stop signal');
  await eventually(() => runs() || undefined);
  stopping.abort(new Error('stop signal'));
  await outcome;
});
