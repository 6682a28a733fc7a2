// Runs one of the project's TypeScript programs under a Node that can: this one, or the one that npm installed.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { findPinnedNode, refuseThisNode, root, stripsTypes, thisMachine } from './find-node.mjs';

/**
 * Runs `program`, a path below the checkout, with the arguments of this command line. Its exit code becomes ours. Without
 * a Node for it, prints what to install and exits with 1.
 */
export function runTypeScript(program) {
  const path = join(root, program);
  if (stripsTypes(thisMachine.nodeVersion)) return import(pathToFileURL(path).href);
  const node = findPinnedNode();
  return node ? runUnder(node, path) : refuseThisNode();
}

function runUnder(node, path) {
  const child = spawn(node, [path, ...process.argv.slice(2)], { stdio: 'inherit' });
  // The terminal sends Ctrl-C to the child as well; `kill` may send it to us alone.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => {
    process.exitCode = signal ? 1 : code;
  });
}
