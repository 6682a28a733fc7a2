// Builds a signed request from the options of the command line.
import { type Credentials, createSigner } from '../../../lib/client/signer.ts';
import { INBOUND_PROFILES, type InboundProfileId } from '../../../lib/protocol/profiles/profiles.ts';
import { signRequest } from '../../../lib/protocol/signatures/sign-request.ts';
import { asExit, UsageError } from '../../../lib/terminal/exit-error.ts';
import { readFileAt, readSecret, readSecretFile } from '../../../lib/terminal/read-secret.ts';
import { readPrivateKey } from '../terminal/read-key.ts';
import type { SignetTerminal } from '../terminal/signet-terminal.ts';
import type { RequestOptions } from './options.ts';

export interface SignedRequest {
  readonly profile: string;
  readonly method: string;
  readonly url: URL;
  /** All headers that must be sent. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly signedContent: Buffer;
}

/** Returns the request that the options describe, signed. @throws UsageError when an option is missing or does not fit. */
export async function draftRequest(options: RequestOptions, terminal: SignetTerminal): Promise<SignedRequest> {
  const known = options.from === undefined ? undefined : readLocalKey(options.from, options.keyId, terminal);
  const url = readUrl(options.url, known?.baseUrl);
  const timestampMs = options.at ?? terminal.nowMs();
  const body = await readBody(options, terminal);
  const method = options.method ?? (body.length > 0 ? 'POST' : 'GET');
  if (body.length > 0 && /^(?:GET|HEAD)$/.test(method))
    throw new UsageError(`A ${method} request has no body. Leave out --method or the body.`);
  const credentials = await readCredentials(options, terminal, known);
  const type: Record<string, string> = body.length > 0 ? { 'content-type': 'application/json' } : {};
  const request = { method, authority: url.host, path: url.pathname, query: url.search.slice(1), headers: type, body };
  const moment = { timestampMs, nonce: options.nonce ?? terminal.nonce() };
  const signed = asExit('usage', () => signRequest(createSigner(credentials), request, moment));
  const headers = { ...type, ...signed.headers };
  return { profile: credentials.profile, method, url, headers, body, signedContent: signed.signedContent };
}

function readUrl(text: string | undefined, baseUrl: string | undefined): URL {
  if (text === undefined) throw new UsageError('A URL is needed. Example: --url https://relay.example/api/links/fetch');
  if (!URL.canParse(text, baseUrl)) throw new UsageError(`--url takes a URL, not "${text}".`);
  const url = new URL(text, baseUrl);
  if (!/^https?:$/.test(url.protocol)) throw new UsageError('--url takes a URL that begins with https:// or http://.');
  if (url.username || url.password) throw new UsageError('--url takes a URL without a user name and a password.');
  url.hash = '';
  return url;
}

async function readBody({ body, bodyFile }: RequestOptions, terminal: SignetTerminal): Promise<Buffer> {
  if (body !== undefined && bodyFile !== undefined) throw new UsageError('Give --body or --body-file, not both.');
  if (bodyFile === '-') return terminal.readStdin();
  return bodyFile === undefined ? Buffer.from(body ?? '', 'utf8') : readFileAt(bodyFile);
}

async function readCredentials(
  options: RequestOptions,
  terminal: SignetTerminal,
  known: LocalKey | undefined,
): Promise<Credentials> {
  const { keyId, secretFile, privateKey } = options;
  if (keyId === undefined) throw new UsageError('A key id is needed. Example: --key-id acme-1');
  const profile = options.profile ?? readProfile(known?.profile);
  if (privateKey !== undefined && secretFile !== undefined)
    throw new UsageError('Give --private-key or --secret-file, not both.');
  if (privateKey !== undefined && profile !== 'rfc9421')
    throw new UsageError('--private-key needs --profile rfc9421: the other profiles sign with a secret.');
  if (secretFile !== undefined) return { profile, keyId, secret: await readSecret(secretFile, terminal) };
  const privateKeyFile = privateKey ?? known?.privateKeyFile;
  if (privateKeyFile !== undefined && profile === 'rfc9421')
    return { profile, keyId, privateKey: readPrivateKey(privateKeyFile, terminal) };
  return { profile, keyId, secret: known?.secret ?? (await readSecret(undefined, terminal)) };
}

function readProfile(name: string | undefined): InboundProfileId {
  const profile = INBOUND_PROFILES.find((id) => id === name);
  if (profile) return profile;
  throw new UsageError(`A profile is needed: --profile takes one of ${INBOUND_PROFILES.join(', ')}.`);
}

interface LocalKey {
  readonly baseUrl: string;
  readonly profile: string;
  readonly secret?: string;
  readonly privateKeyFile?: string;
}

/** One of the keys that a running `npm start` lists. */
function readLocalKey(file: string, keyId: string | undefined, terminal: SignetTerminal): LocalKey {
  const { baseUrl, keys } = parseState(file, terminal);
  const key = keys.find((one) => one?.keyId === keyId);
  if (key && keyId !== undefined) return { ...key, baseUrl };
  throw new UsageError(`--key-id takes a key of ${file}: ${keys.map((one) => one?.keyId).join(', ')}.`);
}

function parseState(
  file: string,
  terminal: SignetTerminal,
): { baseUrl: string; keys: (LocalKey & { keyId: string })[] } {
  const text = readSecretFile(file, terminal).toString('utf8');
  try {
    const state = JSON.parse(text);
    if (typeof state.baseUrl === 'string' && Array.isArray(state.keys)) return state;
  } catch {
    // The message below says it.
  }
  throw new UsageError(`${file} is not the local.json of a running npm start.`);
}
