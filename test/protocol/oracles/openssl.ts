// Runs the openssl program over many files at once, in a temporary folder.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A temporary folder in which openssl signs and verifies. */
export class OpensslFolder {
  readonly #path = mkdtempSync(join(tmpdir(), 'signet-openssl-'));

  /** Writes a file and returns its path. */
  write(name: string, content: string | Uint8Array): string {
    const path = join(this.#path, name);
    writeFileSync(path, content);
    return path;
  }

  /** Returns the HMAC-SHA256 of each content under one key. It runs one process. */
  hmacs(key: Uint8Array, contents: readonly Uint8Array[]): Buffer[] {
    const files = contents.map((content, index) => this.write(`content-${index}`, content));
    const hexKey = `hexkey:${Buffer.from(key).toString('hex')}`;
    const output = this.#run('openssl', ['dgst', '-sha256', '-mac', 'HMAC', '-macopt', hexKey, '-r', ...files]);
    return output.split('\n').map((line) => Buffer.from(line.slice(0, 64), 'hex'));
  }

  /** Returns the Ed25519 signature of each content. openssl signs one file at a time, so a shell runs it for each. */
  signEd25519(privateKeyPem: string, contents: readonly Uint8Array[]): Buffer[] {
    const key = this.write('private.pem', privateKeyPem);
    const files = contents.map((content, index) => this.write(`content-${index}`, content));
    const each = 'openssl pkeyutl -sign -rawin -inkey "$key" -in "$file" | openssl base64 -A; echo';
    const output = this.#run('sh', ['-c', `key=$1; shift; for file; do ${each}; done`, 'sh', key, ...files]);
    return output.split('\n').map((line) => Buffer.from(line, 'base64'));
  }

  /** Returns for each signature whether openssl accepts it. */
  verifyEd25519(publicKeyPem: string, signed: readonly { content: Uint8Array; signature: Uint8Array }[]): boolean[] {
    const key = this.write('public.pem', publicKeyPem);
    const files = signed.map(({ content, signature }, index) => {
      this.write(`content-${index}.sig`, signature);
      return this.write(`content-${index}`, content);
    });
    const each =
      'openssl pkeyutl -verify -rawin -pubin -inkey "$key" -sigfile "$file.sig" -in "$file" >/dev/null 2>&1; echo $?';
    const output = this.#run('sh', ['-c', `key=$1; shift; for file; do ${each}; done`, 'sh', key, ...files]);
    return output.split('\n').map((line) => line === '0');
  }

  remove(): void {
    rmSync(this.#path, { recursive: true });
  }

  #run(program: string, parameters: readonly string[]): string {
    return execFileSync(program, parameters, { encoding: 'utf8', maxBuffer: 16 * 1024 * 1024 }).trimEnd();
  }
}
