// Where secrets come from: a file, the environment, a prompt. Never the command line, which every process can read.
import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import type { Options } from './command-line.ts';
import type { Terminal } from './terminal.ts';
import { UsageError } from './usage-error.ts';

/** The secret text, without the line break that editors put at the end of a file. */
export async function readSecret(options: Options, terminal: Terminal): Promise<string> {
  const secret = await findSecret(options, terminal);
  if (secret === undefined)
    throw new UsageError('Give the secret by --secret-file, in SIGNET_SECRET, or at the prompt of a terminal.');
  if (secret === '') throw new UsageError('The secret is empty.');
  return secret;
}

/** As `readSecret`, but undefined where none is given and nobody can be asked. */
export async function findSecret(options: Options, terminal: Terminal): Promise<string | undefined> {
  const file = options['secret-file'];
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

/** Without the line break that editors put at its end. */
function readText(file: string, terminal: Terminal): string {
  const bytes = readSecretFile(file, terminal);
  if (bytes.includes(0)) throw new UsageError(`${file} is saved as UTF-16, or is no text. Save it as UTF-8.`);
  return trimEnd(bytes.toString('utf8'));
}

export function readPrivateKey(file: string, terminal: Terminal): KeyObject {
  return parseKey(readSecretFile(file, terminal), createPrivateKey, `${file} is no Ed25519 private key in PEM.`);
}

export function readPublicKey(file: string): KeyObject {
  return parseKey(readFileAt(file), createPublicKey, `${file} is no Ed25519 public key in PEM.`);
}

function parseKey(pem: Buffer, parse: (pem: Buffer) => KeyObject, fallback: string): KeyObject {
  try {
    const key = parse(pem);
    if (key.asymmetricKeyType === 'ed25519') return key;
  } catch {
    // Said below: what OpenSSL says of a bad PEM helps nobody.
  }
  throw new UsageError(fallback);
}

const READABLE_BY_ALL = 0o004;

/** Reads it, and warns when everybody else on the machine can. A warning, no refusal: containers mount secrets so. */
export function readSecretFile(file: string, { err }: Pick<Terminal, 'err'>): Buffer {
  const bytes = readFileAt(file);
  const stats = statSync(file);
  if (process.platform !== 'win32' && stats.isFile() && stats.mode & READABLE_BY_ALL)
    err(`signet: warning: everybody on this machine can read ${file}. chmod 600 it.\n`);
  return bytes;
}

/** @throws UsageError when it cannot be read. */
export function readFileAt(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${(error as NodeJS.ErrnoException).code}.`);
  }
}

function trimEnd(text: string): string {
  return text.replace(/\r?\n$/, '');
}
