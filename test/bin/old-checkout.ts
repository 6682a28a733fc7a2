// A checkout with the start scripts only, on a machine that a test makes up: another platform, an older Node, a npm of its own.
import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '../support/temporary-folder.ts';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export interface Machine {
  readonly platform?: string;
  readonly arch?: string;
  readonly nodeVersion?: string;
}

/** Package paths and what the lock says of each. */
export type Packages = Readonly<Record<string, { readonly version: string; readonly optional?: boolean }>>;

export interface Checkout {
  readonly folder: string;
  /** Runs a script of the checkout under this Node, which says that it is on that machine. */
  run(words: readonly string[], machine?: Machine): Promise<Run>;
  /** The command lines that npm got. */
  installs(): readonly string[];
}

export interface Run {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Makes the checkout. Its lock asks for `locked`, node_modules has `installed` (undefined: there is none), and its npm
 * installs `available`.
 */
export function makeCheckout(
  locked: Packages = {},
  installed: Packages | undefined = {},
  available = locked,
): Checkout {
  const folder = temporaryFolder();
  cpSync(join(ROOT, 'bin'), join(folder, 'bin'), { recursive: true, filter: (path) => !path.endsWith('.ts') });
  const { name, version, type, scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const write = (path: string, content: unknown) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), typeof content === 'string' ? content : JSON.stringify(content));
  };
  const lock = (packages: Packages) => ({ name, version, lockfileVersion: 3, requires: true, packages });
  write('package.json', { name, version, type, scripts });
  write('package-lock.json', lock({ '': { version }, ...locked }));
  if (installed) write('node_modules/.package-lock.json', lock(installed));
  write('lib/local/main.ts', `console.log('started', ...process.argv.slice(2) as string[]);`);
  write('available.json', lock(available));
  write('npm.cjs', FAKE_NPM);
  return {
    folder,
    run: (words, machine = {}) =>
      runProcess(process.execPath, ['--import', pretend(machine), ...words], {
        cwd: folder,
        env: { PATH: process.env['PATH'], npm_execpath: join(folder, 'npm.cjs') },
      }),
    installs() {
      const log = join(folder, 'installs');
      return existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : [];
    },
  };
}

const FAKE_NPM = `
const fs = require('node:fs');
fs.appendFileSync('installs', process.argv.slice(2).join(' ') + '\\n');
fs.mkdirSync('node_modules', { recursive: true });
fs.copyFileSync('available.json', 'node_modules/.package-lock.json');
`;

/** Returns a module that makes the process say so. */
function pretend({ platform, arch, nodeVersion }: Machine): string {
  const set = (name: string, value: unknown) => `Object.defineProperty(process, '${name}', { value: ${value} });`;
  const source = [
    platform ? set('platform', JSON.stringify(platform)) : '',
    arch ? set('arch', JSON.stringify(arch)) : '',
    nodeVersion ? set('versions', `{ ...process.versions, node: '${nodeVersion}' }`) : '',
  ].join('');
  return `data:text/javascript,${encodeURIComponent(source)}`;
}

export function runProcess(
  command: string,
  words: readonly string[],
  options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
): Promise<Run> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, words, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    const output = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const)
      child[name].on('data', (chunk) => {
        output[name] += chunk;
      });
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, ...output }));
  });
}
