// Where secrets come from: a file, the environment or a prompt. Never the command line, which every process can read.
import { readFileSync, statSync } from 'node:fs';
import { UsageError } from './exit-error.ts';
import type { Terminal } from './terminal.ts';

/** Returns the secret, which may be empty. It is undefined when there is none and no terminal to ask at. */
export async function findSecret(file: string | undefined, terminal: Terminal): Promise<string | undefined> {
  const { environment, askSecret } = terminal;
  const text =
    file === undefined
      ? (environment['SIGNET_SECRET'] ?? (await askSecret?.('Secret (not shown): ')))
      : readText(file, terminal);
  if (text === '' && file !== undefined) throw new UsageError('The secret is empty.');
  if (text !== undefined && /^\s|\s$/.test(text))
    throw new UsageError('The secret has spaces or a line break around it, or a byte order mark before it.');
  return text;
}

/** Returns the secret, which is not empty. @throws UsageError when there is none. */
export async function readSecret(file: string | undefined, terminal: Terminal): Promise<string> {
  const secret = await findSecret(file, terminal);
  if (secret === undefined)
    throw new UsageError('A secret is needed. Give it with --secret-file, in SIGNET_SECRET, or at the prompt.');
  if (secret === '') throw new UsageError('The secret is empty.');
  return secret;
}

/** Returns the text without the line break that editors add at the end. */
function readText(file: string, terminal: Terminal): string {
  const bytes = readSecretFile(file, terminal);
  if (bytes.includes(0)) throw new UsageError(`${file} is not UTF-8 text. Save it as UTF-8.`);
  return bytes.toString('utf8').replace(/\r?\n$/, '');
}

const READABLE_BY_ALL = 0o004;

/** Returns the bytes. It warns when every user can read the file, and accepts it: containers mount secrets like that. */
export function readSecretFile(file: string, { err }: Pick<Terminal, 'err'>): Buffer {
  const bytes = readFileAt(file);
  const stats = statSync(file);
  if (process.platform !== 'win32' && stats.isFile() && stats.mode & READABLE_BY_ALL)
    err(`warning: every user of this machine can read ${file}. Run: chmod 600 ${file}\n`);
  return bytes;
}

/** Returns the bytes of the file. @throws UsageError when it cannot be read. */
export function readFileAt(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${(error as NodeJS.ErrnoException).code}.`);
  }
}
