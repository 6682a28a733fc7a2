// `signet key …`: the keys that partners sign with.

import { INBOUND_PROFILES } from '../../../../lib/protocol/profiles/profiles.ts';
import { Secret } from '../../../../lib/protocol/secret.ts';
import { formatPublicKey } from '../../../../lib/protocol/signatures/ed25519-public-key.ts';
import type { PartnerKey } from '../../../../lib/relay/model/records.ts';
import {
  createKey,
  importKey,
  listKeys,
  showKey as readKey,
  registerPublicKey,
  setKey,
} from '../../../../lib/relay/operator/keys/keys.ts';
import { revokeKey } from '../../../../lib/relay/operator/keys/revoke-key.ts';
import { rotateKey } from '../../../../lib/relay/operator/keys/rotate-key.ts';
import { UsageError } from '../../../../lib/terminal/exit-error.ts';
import { flag, optional, required, yesOrNo } from '../../../../lib/terminal/program.ts';
import { readSecret } from '../../../../lib/terminal/read-secret.ts';
import { COUNT, DURATION, FILE, ID, oneOf } from '../../../../lib/terminal/values.ts';
import { readPublicKey } from '../../terminal/read-key.ts';
import type { SignetTerminal } from '../../terminal/signet-terminal.ts';
import { type Command, command } from '../command.ts';
import { show } from '../outcomes.ts';
import { viewKey, viewKeys } from '../show/show-key.ts';
import type { View } from '../view.ts';
import { requireChange } from './require-change.ts';

const PROFILE = oneOf('PROFILE', INBOUND_PROFILES);
const UNBOUND = 'accept a DELETE without a body, where the profile does not sign the path';
const SECRET_FILE = optional(FILE, 'the file with the secret to import', 'SIGNET_SECRET, else a prompt');
const KEY_CHANGES = { allowUnboundDelete: yesOrNo(UNBOUND) } as const;
const HAND_OVER = 'Send it to the partner over a private channel. It is not stored, and cannot be shown again.';

export const KEY_COMMANDS: readonly Command[] = [
  command({
    name: 'key create',
    does: 'create a key, or register a partner’s public key',
    details: ['The secret is shown once. With --public-key there is no secret: the partner has its private key.'],
    arguments: ['account'],
    options: {
      profile: optional(PROFILE, 'how requests are signed; rfc9421 for new code'),
      keyId: optional(ID, 'its id', 'a generated one'),
      publicKey: optional(FILE, 'rfc9421: the partner’s Ed25519 public key in PEM'),
      allowUnboundDelete: flag(UNBOUND),
    },
    examples: [
      'signet key create acmeacmeacmeacme --profile rfc9421',
      'signet key create acmeacmeacmeacme --profile nitro --key-id acme-1 --secret-out acme.key',
      'signet key create acmeacmeacmeacme --key-id acme-2 --public-key acme.pem',
    ],
    changes: true,
    givesSecret: true,
    run: ({ access, terminal, words: { account: accountId }, options: { publicKey, profile, ...input } }) => {
      if (publicKey !== undefined) {
        if (profile !== undefined && profile !== 'rfc9421')
          throw new UsageError('--public-key needs --profile rfc9421: the other profiles sign with a secret.');
        const text = formatPublicKey(readPublicKey(publicKey));
        return show(registerPublicKey(access, { accountId, publicKey: text, ...input }), now(terminal));
      }
      if (profile === undefined)
        throw new UsageError('"signet key create" needs --profile or --public-key. Example: --profile rfc9421');
      return show(createKey(access, { accountId, profile, ...input }), withSecret(terminal));
    },
  }),
  command({
    name: 'key list',
    does: 'list the keys of an account',
    arguments: ['account'],
    options: {},
    examples: ['signet key list acmeacmeacmeacme'],
    changes: false,
    run: ({ access, terminal, words: { account } }) =>
      show(listKeys(access, account), (keys) => viewKeys(keys, terminal.nowMs())),
  }),
  command({
    name: 'key show',
    does: 'show a key, its secret versions and their last use',
    arguments: ['key'],
    options: {},
    examples: ['signet key show acme-1'],
    changes: false,
    run: ({ access, terminal, words: { key } }) => show(readKey(access, key), now(terminal)),
  }),
  command({
    name: 'key rotate',
    does: 'give a key a new secret, and accept the old one for a while',
    details: ['A second rotation during the overlap is refused. With --force the oldest secret ends now.'],
    arguments: ['key'],
    options: {
      overlap: optional(DURATION, 'how long the old secret is accepted, 0 to 7d', '24h'),
      force: flag('rotate during the overlap of the last rotation'),
      import: flag('use a secret that you supply'),
      secretFile: SECRET_FILE,
    },
    examples: ['signet key rotate acme-1', 'signet key rotate acme-1 --overlap 7d --secret-out acme.key'],
    changes: true,
    givesSecret: true,
    confirm: ({ words: { key }, options: { force, overlap } }) =>
      force || overlap === 0
        ? {
            sentences: [
              ...(force ? [`The oldest secret of ${key} that is still accepted ends now.`] : []),
              ...(overlap === 0 ? [`The current secret of ${key} ends now.`] : []),
              'Requests signed with it will be refused within a minute.',
            ],
            id: key,
          }
        : undefined,
    run: async ({ access, terminal, words: { key }, options: { overlap, import: isImport, secretFile, ...input } }) => {
      if (secretFile !== undefined && !isImport) throw new UsageError('--secret-file needs --import.');
      const secret = isImport ? { secret: await readImported(secretFile, terminal) } : {};
      const options = { ...input, ...secret, ...(overlap !== undefined && { overlapSeconds: overlap }) };
      return show(rotateKey(access, key, options), (rotated) =>
        isImport ? viewKey(rotated.key, terminal.nowMs()) : withSecret(terminal)(rotated),
      );
    },
  }),
  command({
    name: 'key revoke',
    does: 'refuse a key forever, or one of its old secrets now',
    details: ['It takes effect within a minute. Requests are then answered as if the key did not exist.'],
    arguments: ['key'],
    options: { version: optional(COUNT, 'only this superseded version') },
    examples: ['signet key revoke acme-1', 'signet key revoke acme-1 --version 1795351101'],
    changes: true,
    confirm: ({ words: { key }, options: { version } }) => ({
      sentences: [
        version === undefined
          ? `Key ${key} will be refused within a minute, forever. Its owner needs another key.`
          : `Version ${version} of key ${key} will be refused within a minute.`,
      ],
      id: key,
    }),
    run: ({ access, terminal, words: { key }, options }) => show(revokeKey(access, key, options), now(terminal)),
  }),
  command({
    name: 'key import',
    does: 'import a key id and a secret that a partner has already',
    details: ['For a migration: the partner changes only the URL. The secret is stored in a secret of its own.'],
    arguments: ['account', 'key'],
    options: {
      profile: required(PROFILE, 'how requests are signed'),
      secretFile: SECRET_FILE,
      allowUnboundDelete: flag(UNBOUND),
    },
    examples: ['signet key import acmeacmeacmeacme acme-shop --profile vouchersx --secret-file acme.key'],
    changes: true,
    run: async ({ access, terminal, words: { account: accountId, key: keyId }, options: { secretFile, ...input } }) => {
      const secret = await readImported(secretFile, terminal);
      return show(importKey(access, { accountId, keyId, secret, ...input }), now(terminal));
    },
  }),
  command({
    name: 'key set',
    does: 'change what a key may do',
    arguments: ['key'],
    options: KEY_CHANGES,
    examples: ['signet key set acme-1 --allow-unbound-delete', 'signet key set acme-1 --no-allow-unbound-delete'],
    changes: true,
    run: ({ access, terminal, words: { key }, options }) => {
      requireChange(options, KEY_CHANGES);
      return show(setKey(access, key, options), now(terminal));
    },
  }),
];

const now = (terminal: SignetTerminal) => (key: PartnerKey) => viewKey(key, terminal.nowMs());

function withSecret(terminal: SignetTerminal) {
  return ({ key, secret }: { readonly key: PartnerKey; readonly secret: Secret }): View => ({
    ...viewKey(key, terminal.nowMs()),
    secret: { name: 'secret', value: secret, advice: HAND_OVER },
  });
}

async function readImported(file: string | undefined, terminal: SignetTerminal): Promise<Secret> {
  return new Secret(await readSecret(file, terminal));
}
