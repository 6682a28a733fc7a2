// From options to a signed request.
import { type Credentials, createSigner } from '../../../lib/client/signer.ts';
import { INBOUND_PROFILES, OUTBOUND_PROFILES } from '../../../lib/protocol/profiles/profiles.ts';
import { signRequest } from '../../../lib/protocol/signatures/sign-request.ts';
import { type Options, parseMoment } from '../terminal/command-line.ts';
import { readFileAt, readPrivateKey, readSecret, readSecretFile } from '../terminal/read-secret.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { asUsage, UsageError } from '../terminal/usage-error.ts';

export interface SignedRequest {
  readonly profile: string;
  readonly method: string;
  readonly url: URL;
  /** All that must be sent. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly signedContent: Buffer;
}

export async function draftRequest(options: Options, terminal: Terminal): Promise<SignedRequest> {
  const known = options.from === undefined ? undefined : readLocalKey(options.from, options['key-id'], terminal);
  const url = readUrl(options.url, known?.baseUrl);
  const timestampMs = parseMoment(options.at) ?? terminal.nowMs();
  const body = await readBody(options, terminal);
  const method = readMethod(options.method ?? (body.length > 0 ? 'POST' : 'GET'));
  if (body.length > 0 && /^(?:GET|HEAD)$/.test(method))
    throw new UsageError(`A ${method} has no body. Leave out --method, or the body.`);
  const credentials = await readCredentials(options, terminal, known);
  const type: Record<string, string> = body.length > 0 ? { 'content-type': 'application/json' } : {};
  const request = { method, authority: url.host, path: url.pathname, query: url.search.slice(1), headers: type, body };
  const moment = { timestampMs, nonce: options.nonce ?? terminal.nonce() };
  const signed = asUsage(() => signRequest(createSigner(credentials), request, moment));
  const headers = { ...type, ...signed.headers };
  return { profile: credentials.profile, method, url, headers, body, signedContent: signed.signedContent };
}

function readMethod(text: string): string {
  if (!/^[A-Za-z]{1,16}$/.test(text)) throw new UsageError('--method is a word such as GET or POST.');
  return text.toUpperCase();
}

function readUrl(text: string | undefined, baseUrl: string | undefined): URL {
  if (text === undefined) throw new UsageError('Say where to: --url https://relay.example/api/links/fetch.');
  if (!URL.canParse(text, baseUrl)) throw new UsageError(`--url is no URL: ${text}`);
  const url = new URL(text, baseUrl);
  if (!/^https?:$/.test(url.protocol)) throw new UsageError('--url begins with https:// or http://.');
  if (url.username || url.password) throw new UsageError('--url has a user name or a password in it. Leave it out.');
  url.hash = '';
  return url;
}

async function readBody(options: Options, terminal: Terminal): Promise<Buffer> {
  const { body, 'body-file': file } = options;
  if (body !== undefined && file !== undefined) throw new UsageError('Give --body or --body-file, not both.');
  if (file === '-') return terminal.readStdin();
  return file === undefined ? Buffer.from(body ?? '', 'utf8') : readFileAt(file);
}

async function readCredentials(
  options: Options,
  terminal: Terminal,
  known: LocalKey | undefined,
): Promise<Credentials> {
  const keyId = options['key-id'];
  const name = options.profile ?? known?.profile;
  const profile = INBOUND_PROFILES.find((id) => id === name);
  if (keyId === undefined) throw new UsageError('Say which key signs: --key-id.');
  if (!profile) throw new UsageError(sayProfile(name));
  if (options['private-key'] !== undefined && options['secret-file'] !== undefined)
    throw new UsageError('Give --private-key or --secret-file, not both.');
  if (options['private-key'] !== undefined && profile !== 'rfc9421')
    throw new UsageError('--private-key is for --profile rfc9421.');
  if (options['secret-file'] !== undefined) return { profile, keyId, secret: await readSecret(options, terminal) };
  const privateKeyFile = options['private-key'] ?? known?.privateKeyFile;
  if (privateKeyFile !== undefined && profile === 'rfc9421')
    return { profile, keyId, privateKey: readPrivateKey(privateKeyFile, terminal) };
  return { profile, keyId, secret: known?.secret ?? (await readSecret(options, terminal)) };
}

function sayProfile(name: string | undefined): string {
  const choices = `--profile ${INBOUND_PROFILES.join(' | ')}`;
  if (name === undefined) return `Say how it signs: ${choices}.`;
  const what = OUTBOUND_PROFILES.some((id) => id === name) ? 'is for deliveries' : 'is not there';
  return `The profile ${name} ${what}. Requests have ${choices}.`;
}

interface LocalKey {
  readonly baseUrl: string;
  readonly profile: string;
  readonly secret?: string;
  readonly privateKeyFile?: string;
}

/** One key of the laptop's own list. */
function readLocalKey(file: string, keyId: string | undefined, terminal: Terminal): LocalKey {
  const { baseUrl, keys } = parseState(file, terminal);
  const key = keys.find((one) => one?.keyId === keyId);
  if (key && keyId !== undefined) return { ...key, baseUrl };
  throw new UsageError(`--key-id is one of ${keys.map((one) => one?.keyId).join(', ')}.`);
}

function parseState(file: string, terminal: Terminal): { baseUrl: string; keys: (LocalKey & { keyId: string })[] } {
  const text = readSecretFile(file, terminal).toString('utf8');
  try {
    const state = JSON.parse(text);
    if (typeof state.baseUrl === 'string' && Array.isArray(state.keys)) return state;
  } catch {
    // Said below.
  }
  throw new UsageError(`${file} is not the local.json of a running npm start.`);
}
