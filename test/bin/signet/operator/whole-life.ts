// Every command of an operator, in an order in which most of them change or show something.
import { createPublicKey } from 'node:crypto';
import { INBOUND_PROFILES, OUTBOUND_PROFILES } from '../../../../lib/protocol/profiles/profiles.ts';
import { ed25519Pair } from '../../../support/signing/signing.ts';

export interface Line {
  readonly words: readonly string[];
  /** The secret in `SIGNET_SECRET`. */
  readonly brings?: string;
}

/** Secrets that an operator imports. The last one is not printable ASCII. */
export const BROUGHT = [
  'kQ"8\\zT%2w&<Rb7>+vJ/4=dHs%41x9Lm',
  "plain-Secret'of_theirs.2026/0x7Fa",
  'not ASCII: é8Wn3Zr6Yt1Uq5Po9Li2Kj',
] as const;

const line = (...words: string[]): Line => ({ words });
const bring = (brings: string, ...words: string[]): Line => ({ words, brings });

interface Names {
  readonly account: string;
  readonly agent: string;
  readonly job: string;
  readonly publicKeyFile: string;
  /** The URL of its endpoints. */
  readonly url: string;
}

export const PUBLIC_KEY_PEM = createPublicKey(ed25519Pair(3).privateKey)
  .export({ format: 'pem', type: 'spki' })
  .toString();

export function wholeLife({ account, agent, job, publicKeyFile, url }: Names): readonly Line[] {
  return [
    line('account', 'create', '--name', 'Fresh', '--id', 'fresh4fresh4fres'),
    line('account', 'list'),
    line('account', 'show', account),
    line('account', 'set', account, '--name', 'New name'),
    line('account', 'pool', 'add', account, 'eu'),
    line('ring', 'show', 'inbound'),
    line('ring', 'rotate', 'inbound'),
    line('ring', 'rotate', 'outbound'),
    ...INBOUND_PROFILES.map((profile) =>
      line('key', 'create', account, '--profile', profile, '--key-id', `own-${profile}`),
    ),
    line('key', 'create', account, '--profile', 'nitro', '--key-id', 'own-nitro'),
    line('key', 'create', account, '--key-id', 'own-public', '--public-key', publicKeyFile),
    bring(BROUGHT[0], 'key', 'import', account, 'theirs', '--profile', 'vouchersx'),
    bring(BROUGHT[0], 'key', 'import', account, 'theirs-too', '--profile', 'nitro'),
    bring(BROUGHT[2], 'key', 'import', account, 'theirs-too', '--profile', 'nitro'),
    line('key', 'rotate', 'own-nitro'),
    line('key', 'rotate', 'own-nitro'),
    line('key', 'rotate', 'own-nitro', '--force', '--overlap', '1h', '--yes'),
    bring(BROUGHT[1], 'key', 'rotate', 'theirs', '--import'),
    line('key', 'list', account),
    line('key', 'show', 'own-nitro'),
    line('key', 'show', 'theirs'),
    line('key', 'set', 'own-nitro', '--allow-unbound-delete'),
    line('key', 'revoke', 'own-nitro', '--version', '2', '--yes'),
    line('agent', 'token', account, '--label', 'berlin'),
    line('agent', 'list', account),
    line('agent', 'pause', account, agent),
    line('agent', 'resume', account, agent),
    ...OUTBOUND_PROFILES.map((profile) =>
      line('endpoint', 'create', account, '--url', url, '--profile', profile, '--endpoint-id', `ep-${profile}`),
    ),
    line('endpoint', 'waive', account, 'ep-nitro'),
    line('endpoint', 'list', account),
    line('endpoint', 'show', account, 'ep-nitro'),
    line('jobs', 'list', account),
    line('jobs', 'show', job),
    line('jobs', 'resend', job),
    line('jobs', 'cancel', job),
    line('quota', 'show', account),
    line('quota', 'set', account, '--jobs-per-month', '500'),
    line('queues', 'reconcile'),
    line('events', 'rebuild', '--since', '1h'),
    line('status'),
  ];
}

export function itsEnd({ account, agent }: Names): readonly Line[] {
  return [
    line('endpoint', 'delete', account, 'ep-daylight', '--yes'),
    line('agent', 'revoke', account, agent, '--yes'),
    line('key', 'revoke', 'theirs', '--yes'),
    line('account', 'pool', 'remove', account, 'eu', '--yes'),
    line('account', 'suspend', account, '--yes'),
    line('account', 'resume', account),
    line('account', 'delete', account, '--cancel-jobs', '--yes'),
  ];
}
