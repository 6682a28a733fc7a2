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
import { readPublicKey, readSecret } from '../../terminal/read-secret.ts';
import { UsageError } from '../../terminal/usage-error.ts';
import { type Command, command, flag, optional, required, yesOrNo } from '../command.ts';
import type { OperatorTerminal } from '../operator-terminal.ts';
import { show } from '../outcomes.ts';
import { viewKey, viewKeys } from '../show/show-key.ts';
import { COUNT, DURATION, FILE, ID, oneOf } from '../values.ts';
import type { View } from '../view.ts';
import { requireChange } from './options-of.ts';

const PROFILE = oneOf('PROFILE', INBOUND_PROFILES);
const UNBOUND = 'take a DELETE without a body, where the profile signs no path';
const SECRET_FILE = optional(FILE, 'the secret to import; else SIGNET_SECRET, else you are asked');
const KEY_CHANGES = { allowUnboundDelete: yesOrNo(UNBOUND) } as const;
const HAND_OVER = 'Give it to the partner by a way that nobody else reads. It is not kept, and cannot be shown again.';

export const KEY_COMMANDS: readonly Command[] = [
  command({
    name: 'key create',
    does: 'make a key, or register a partner’s public key',
    details: ['The secret is shown once. With --public-key there is none: the partner has its private key.'],
    arguments: ['account'],
    options: {
      profile: optional(PROFILE, 'how it signs; rfc9421 for new code'),
      keyId: optional(ID, 'what requests name; without it one is made'),
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
          throw new UsageError('--public-key is for --profile rfc9421.');
        const text = formatPublicKey(readPublicKey(publicKey));
        return show(registerPublicKey(access, { accountId, publicKey: text, ...input }), now(terminal));
      }
      if (profile === undefined) throw new UsageError('signet key create needs --profile or --public-key.');
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
    does: 'show a key, its versions and their last use',
    arguments: ['key'],
    options: {},
    examples: ['signet key show acme-1'],
    changes: false,
    run: ({ access, terminal, words: { key } }) => show(readKey(access, key), now(terminal)),
  }),
  command({
    name: 'key rotate',
    does: 'give a key a new secret; the old one is taken for a while',
    details: ['A second rotation inside the overlap is refused, unless forced: then the oldest secret ends now.'],
    arguments: ['key'],
    options: {
      overlap: optional(DURATION, 'how long the old one is taken, 0 to 7d; without it 24h'),
      force: flag('also inside the overlap of the last rotation'),
      import: flag('the new secret is one that you bring'),
      secretFile: SECRET_FILE,
    },
    examples: ['signet key rotate acme-1', 'signet key rotate acme-1 --overlap 7d --secret-out acme.key'],
    changes: true,
    givesSecret: true,
    confirm: ({ words: { key }, options: { force, overlap } }) =>
      force || overlap === 0
        ? {
            sentences: [
              ...(force ? [`The oldest secret of ${key} that is still taken ends now.`] : []),
              ...(overlap === 0 ? [`The current secret of ${key} ends now.`] : []),
              'Requests signed with it will be refused within a minute.',
            ],
            id: key,
          }
        : undefined,
    run: async ({ access, terminal, words: { key }, options: { overlap, import: brings, secretFile, ...input } }) => {
      if (secretFile !== undefined && !brings) throw new UsageError('--secret-file goes with --import.');
      const secret = brings ? { secret: await readImported(secretFile, terminal) } : {};
      const options = { ...input, ...secret, ...(overlap !== undefined && { overlapSeconds: overlap }) };
      return show(rotateKey(access, key, options), (rotated) =>
        brings ? viewKey(rotated.key, terminal.nowMs()) : withSecret(terminal)(rotated),
      );
    },
  }),
  command({
    name: 'key revoke',
    does: 'refuse a key for good, or one of its old secrets now',
    details: ['Within a minute. Its requests are answered as those of a key that does not exist.'],
    arguments: ['key'],
    options: { version: optional(COUNT, 'this superseded version alone') },
    examples: ['signet key revoke acme-1', 'signet key revoke acme-1 --version 1795351101'],
    changes: true,
    confirm: ({ words: { key }, options: { version } }) => ({
      sentences: [
        version === undefined
          ? `Key ${key} will be refused within a minute, for good. Its owner needs another key.`
          : `Version ${version} of key ${key} will be refused within a minute.`,
      ],
      id: key,
    }),
    run: ({ access, terminal, words: { key }, options }) => show(revokeKey(access, key, options), now(terminal)),
  }),
  command({
    name: 'key import',
    does: 'take over a key id and secret that a partner has already',
    details: ['For a migration: the partner changes nothing but the URL. The secret gets a place of its own.'],
    arguments: ['account', 'key'],
    options: {
      profile: required(PROFILE, 'how it signs'),
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

const now = (terminal: OperatorTerminal) => (key: PartnerKey) => viewKey(key, terminal.nowMs());

function withSecret(terminal: OperatorTerminal) {
  return ({ key, secret }: { readonly key: PartnerKey; readonly secret: Secret }): View => ({
    ...viewKey(key, terminal.nowMs()),
    secret: { name: 'secret', value: secret, advice: HAND_OVER },
  });
}

async function readImported(file: string | undefined, terminal: OperatorTerminal): Promise<Secret> {
  return new Secret(await readSecret(file === undefined ? {} : { 'secret-file': file }, terminal));
}
