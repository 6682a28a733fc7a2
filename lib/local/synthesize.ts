// Synthesizes the app into the data directory, so that the laptop runs the same bundles as a deployment.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { spawnTethered } from './cloud/base/tethered-process.ts';

const SOURCES = ['bin', 'lib', 'lambdas', 'cdk.json', 'package-lock.json'];

/**
 * Returns the folder of the assembly. It is reused while the sources are the same: a stamp in the folder, which is
 * written last, has their hash.
 * @throws Error with the app's output when synthesis fails.
 * @throws the signal's reason when the signal fires.
 */
export async function synthesize(root: string, dataDir: string, signal: AbortSignal): Promise<string> {
  const assembly = join(dataDir, 'assembly');
  const stamp = join(assembly, 'sources.sha256');
  const fingerprint = hashSources(root);
  if (readOrEmpty(stamp) === fingerprint) return assembly;
  rmSync(assembly, { recursive: true, force: true });
  await runApp(root, assembly, signal);
  writeFileSync(stamp, fingerprint);
  return assembly;
}

/**
 * Turns cdk-nag and CDK's validation off. `cdk synth` reports their findings, and here they would only take seconds.
 */
async function runApp(root: string, assembly: string, signal: AbortSignal): Promise<void> {
  const output: string[] = [];
  const app = await spawnTethered(process.execPath, ['bin/relay.ts'], {
    cwd: root,
    env: { ...process.env, CDK_OUTDIR: assembly, CDK_VALIDATION: 'false' },
    signal,
    onLine: (line) => output.push(line),
  });
  const code = await app.exited;
  signal.throwIfAborted();
  if (code !== 0) throw new Error(`The app could not be synthesized:\n${output.join('\n')}`);
}

function hashSources(root: string): string {
  const hash = createHash('sha256');
  for (const path of SOURCES.flatMap((source) => filesUnder(root, source)).sort()) {
    hash
      .update(path)
      .update('\0')
      .update(readFileSync(join(root, path)))
      .update('\0');
  }
  return hash.digest('hex');
}

function filesUnder(root: string, source: string): string[] {
  if (/\.\w+$/.test(source)) return [source];
  return readdirSync(join(root, source), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1));
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
