// The one set-up step of `npm start` and `npm test`: installs what is missing, finds Node 24, runs the program under it.
// Plain JavaScript for Node 20, because it runs before anything is installed.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { describeMissingNode, findPinnedNode, isCurrentNodeRecent, root } from './find-node.mjs';

const programs = {
  start: ['lib/local/main.ts'],
  test: ['node_modules/vitest/vitest.mjs', 'run'],
};

const program = programs[process.argv[2]];
if (!program) fail(`Say which program to run: ${Object.keys(programs).join(' or ')}.`);
if (isStale()) install();
run(chooseNode(), [...program, ...process.argv.slice(3)]);

/** True when what stands in node_modules is not what package-lock.json asks for. */
function isStale() {
  const installed = readJson('node_modules/.package-lock.json');
  if (!installed) return true;
  return Object.entries(readJson('package-lock.json').packages).some(([path, wanted]) => {
    const found = installed.packages[path];
    return path !== '' && (found ? found.version !== wanted.version : !wanted.optional);
  });
}

function install() {
  console.error('Installing dependencies (npm ci) …');
  const npm = process.env.npm_execpath ? [process.execPath, process.env.npm_execpath] : ['npm'];
  const { status } = spawnSync(npm[0], [...npm.slice(1), 'ci', '--no-audit', '--no-fund'], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (status !== 0) fail('npm ci failed; its messages are above.');
}

function chooseNode() {
  return findPinnedNode() ?? (isCurrentNodeRecent() ? process.execPath : fail(describeMissingNode()));
}

/** Runs the program with our terminal. The IPC channel lets it notice when this process is killed. */
function run(node, args) {
  const child = spawn(node, args, {
    cwd: root,
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: {
      ...process.env,
      PATH: [dirname(node), join(root, 'node_modules/.bin'), process.env.PATH].join(delimiter),
      // What Node made of the sources is kept: each process that we start would strip and compile them again.
      NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? join(root, 'node_modules/.cache/node'),
    },
  });
  // The terminal sends Ctrl-C to the child as well, which takes it once; `kill` may send it to us alone.
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(signal ? 1 : code));
  const parent = process.ppid; // npm: when it is killed nobody tells us, but we get another parent
  setInterval(() => process.ppid === parent || child.kill('SIGTERM'), 500).unref();
}

function readJson(path) {
  const file = join(root, path);
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
