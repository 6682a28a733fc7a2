// Ed25519 keys from PEM files.
import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { UsageError } from '../../../lib/terminal/exit-error.ts';
import { readFileAt, readSecretFile } from '../../../lib/terminal/read-secret.ts';
import type { Terminal } from '../../../lib/terminal/terminal.ts';

/** Returns the private key in that file. @throws UsageError when the file does not hold one. */
export function readPrivateKey(file: string, terminal: Pick<Terminal, 'err'>): KeyObject {
  return parseKey(readSecretFile(file, terminal), createPrivateKey, `${file} is not an Ed25519 private key in PEM.`);
}

/** Returns the public key in that file. @throws UsageError when the file does not hold one. */
export function readPublicKey(file: string): KeyObject {
  return parseKey(readFileAt(file), createPublicKey, `${file} is not an Ed25519 public key in PEM.`);
}

function parseKey(pem: Buffer, parse: (pem: Buffer) => KeyObject, message: string): KeyObject {
  try {
    const key = parse(pem);
    if (key.asymmetricKeyType === 'ed25519') return key;
  } catch {
    // The message below says it: OpenSSL's own text about a bad PEM does not help.
  }
  throw new UsageError(message);
}
