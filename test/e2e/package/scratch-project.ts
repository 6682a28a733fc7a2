// Installs the packed package in an empty project outside the repository, with the machine's Node.
import { type ExecFileOptions, execFile } from 'node:child_process';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { blocks, PARTNERS } from '../../docs/documents.ts';
import { ROOT } from '../../support/laptop/laptop.ts';

/** The folders of the PATH, without those that npm adds. */
const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => !folder.includes('node_modules'));

/** The machine's Node, as a partner has it. It may be older than ours. Ours is used if there is no other. */
export const OWN_NODE =
  folders.map((folder) => join(folder, 'node')).find((file) => existsSync(file)) ?? process.execPath;

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program and returns its exit code and output. It never rejects. The test's own environment is not passed on. */
export function run(file: string, words: readonly string[], options: ExecFileOptions = {}): Promise<Ran> {
  const env = { PATH: folders.join(delimiter), HOME: process.env['HOME'], ...options.env };
  return new Promise((resolve) => {
    execFile(file, words, { timeout: 30_000, ...options, env, encoding: 'utf8' }, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code ?? 1) : 0, stdout, stderr });
    });
  });
}

/** Returns the words of the command in the partner's guide that begins with this text. @throws Error if there is none. */
export function guideWords(beginning: string): string[] {
  const lines = blocks(PARTNERS, 'console').flatMap((block) => block.split('\n'));
  const line = lines.find((text) => text.startsWith(beginning));
  if (!line) throw new Error(`The partner's guide has no command that begins with ${beginning}.`);
  return line.split(' ');
}

/** Packs into a folder, as `npm run pack` does, and returns the path of the tarball. */
export async function pack(folder: string): Promise<string> {
  await promisify(execFile)(process.execPath, [join(ROOT, 'bin/pack.ts'), folder]);
  return join(folder, String(readdirSync(folder).find((name) => name.endsWith('.tgz'))));
}

/** Installs the package with the guide's command, without a network. */
export async function installInto(folder: string): Promise<Ran> {
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'scratch', private: true }));
  const [npm = '', ...words] = guideWords('npm install ');
  return run(npm, [...words, '--offline', '--no-audit', '--no-fund'], { cwd: folder });
}

/** Compiles a file with this repository's compiler, in strict mode, with a check of declarations. */
export function compile(folder: string, file: string, options: readonly string[]): Promise<Ran> {
  const types = ['--types', 'node', '--typeRoots', join(ROOT, 'node_modules/@types')];
  const words = ['--strict', '--target', 'es2024', '--skipLibCheck', 'false', ...types, ...options, file];
  return run(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), ...words], { cwd: folder });
}
