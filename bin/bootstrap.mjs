// Starts what package.json's scripts name: installs what is missing, finds a Node for it, runs the program under that Node.
// Plain JavaScript in the syntax of Node 12, because it runs before anything is installed.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { findNode, pinnedNodePath, refuseThisNode, root, stripsTypes, thisMachine } from './find-node.mjs';

const PROGRAMS = {
  start: ['lib/local/main.ts'],
  test: ['node_modules/vitest/vitest.mjs', 'run'],
  pack: ['bin/pack.ts'],
  bench: ['bench/verify.ts'],
  'kill-run': ['test/kill-run/main.ts'],
};

const program = PROGRAMS[process.argv[2]];
if (!program) fail(`Name the program to run: ${Object.keys(PROGRAMS).join(', ')}.`);
if (process.argv[2] === 'start' && thisMachine.platform === 'win32') fail(describeWindows());
if (isStale()) install();
run(chooseNode(), [...program, ...process.argv.slice(3)]);

/**
 * Returns true when node_modules lacks what package-lock.json asks for. Optional packages may be missing, because most are
 * for other platforms: they never cause an install.
 */
function isStale() {
  const installed = readJson('node_modules/.package-lock.json');
  if (!installed) return true;
  return Object.entries(readJson('package-lock.json').packages).some(([path, wanted]) => {
    const found = installed.packages[path];
    return path !== '' && (found ? found.version !== wanted.version : !wanted.optional);
  });
}

/**
 * Runs `npm ci`, unless it cannot bring a Node that runs the program. The user's npm may be set to omit packages that we
 * need, so its command line includes them.
 */
function install() {
  if (!pinnedNodePath(thisMachine) && !stripsTypes(thisMachine.nodeVersion)) refuseThisNode();
  if (Number(thisMachine.nodeVersion.split('.')[0]) < 20) fail(describeOldNode());
  console.error('Installing dependencies (npm ci) …');
  const npm = process.env.npm_execpath ? [process.execPath, process.env.npm_execpath] : ['npm'];
  const words = ['ci', '--loglevel=error', '--include=dev', '--include=optional', '--no-audit', '--no-fund'];
  const { status } = spawnSync(npm[0], [...npm.slice(1), ...words], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (status !== 0) fail('npm ci failed; its messages are above.');
}

/** Installs once more where the only thing missing is the Node that package.json pins: an older checkout had none for here. */
function chooseNode() {
  const node = findNode();
  if (node) return node;
  const pinned = pinnedNodePath(thisMachine);
  if (pinned && !existsSync(pinned)) install();
  return findNode() || refuseThisNode();
}

/** Runs the program with our terminal. The IPC channel lets it notice when this process is killed. */
function run(node, args) {
  const child = spawn(node, args, {
    cwd: root,
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: {
      ...process.env,
      PATH: [dirname(node), join(root, 'node_modules/.bin'), process.env.PATH].join(delimiter),
      // Keeps what Node compiled: each process that we start would strip and compile the sources again.
      NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE || join(root, 'node_modules/.cache/node'),
    },
  });
  // The terminal sends Ctrl-C to the child as well, which handles it once; `kill` may send it to us alone.
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(signal ? 1 : code));
  // When npm is killed with SIGKILL, nothing signals us.
  const isNpmAlive = watchNpm();
  setInterval(() => isNpmAlive() || child.kill('SIGTERM'), 500).unref();
}

/** Returns a function that returns false once npm has ended. npm is our parent, or the parent of a shell that waits for us. */
function watchNpm() {
  const parent = process.ppid;
  const npm = process.env.npm_lifecycle_event ? parentOfShell(parent) : undefined;
  return () => process.ppid === parent && (npm === undefined || isAlive(npm));
}

/** Returns the id of the process that started the shell `pid`, or undefined when that is no shell or nothing is known of it. */
function parentOfShell(pid) {
  if (thisMachine.platform === 'win32') return undefined;
  const { stdout } = spawnSync('ps', ['-o', 'ppid=,comm=', '-p', String(pid)], { encoding: 'utf8' });
  const match = /^\s*(\d+)\s+(?:\S*\/)?-?(?:ba|da|a|k|z)?sh\s*$/.exec(stdout || '');
  return match ? Number(match[1]) : undefined;
}

function isAlive(pid) {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error.code === 'EPERM';
  }
}

function readJson(path) {
  const file = join(root, path);
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
}

function describeOldNode() {
  return `npm needs Node 20 or later to install Signet Relay, and this is Node ${thisMachine.nodeVersion}. Install Node 24 and put its folder first in PATH.`;
}

function describeWindows() {
  return 'npm start needs /bin/sh, which Windows does not have. Run it in WSL 2; docs/platforms.md says more.';
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
