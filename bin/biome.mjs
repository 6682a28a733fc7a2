// `npm run lint` and `npm run format`: runs the Biome that npm installed for this machine. Plain JavaScript for Node 20.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { root, thisMachine } from './find-node.mjs';

/**
 * The packages with a Biome, by platform and architecture. npm installs the one for the machine's C library; an npm that
 * does not know C libraries installs both. The binary for musl runs with either, so it comes first.
 */
export const BIOME_PACKAGES = {
  'darwin-arm64': ['@biomejs/cli-darwin-arm64'],
  'darwin-x64': ['@biomejs/cli-darwin-x64'],
  'linux-arm64': ['@biomejs/cli-linux-arm64-musl', '@biomejs/cli-linux-arm64'],
  'linux-x64': ['@biomejs/cli-linux-x64-musl', '@biomejs/cli-linux-x64'],
  'win32-arm64': ['@biomejs/cli-win32-arm64'],
  'win32-x64': ['@biomejs/cli-win32-x64'],
};

/** Returns the paths below the checkout where the machine's Biome can be, best first. */
export function biomePaths({ platform, arch }) {
  const file = platform === 'win32' ? 'biome.exe' : 'biome';
  const packages = BIOME_PACKAGES[`${platform}-${arch}`] || [];
  return packages.map((name) => `node_modules/${name}/${file}`);
}

/** Returns what to say on a machine that has no Biome. */
export function describeMissingBiome({ platform, arch }) {
  const name = `${platform}-${arch}`;
  const own = 'set BIOME_BINARY to the path of a Biome 2.6.8';
  const packages = BIOME_PACKAGES[name];
  if (!packages) return `There is no Biome on npm for ${name}. To lint here, ${own}.`;
  return (
    `Biome for ${name} is not installed. Run "npm ci": it installs ${packages.at(-1)}, ` +
    `unless npm is told to omit optional packages. Or ${own}.`
  );
}

function main() {
  const binary = process.env.BIOME_BINARY || biomePaths(thisMachine).find((path) => existsSync(join(root, path)));
  if (!binary) {
    console.error(describeMissingBiome(thisMachine));
    return 1;
  }
  const { status, error } = spawnSync(binary, process.argv.slice(2), { cwd: root, stdio: 'inherit' });
  if (error) console.error(`Biome at ${binary} does not start: ${error.message}`);
  return status === null ? 1 : status;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = main();
