// Partners' keys as operators see them. They hold no secret.
import type { PartnerKey, SecretVersion } from '../../../../lib/relay/model/records.ts';
import { type Column, showFacts, showTable } from '../../../../lib/terminal/show-table.ts';
import type { View } from '../view.ts';
import { iso, showMinute } from './show-time.ts';

/** Returns the view of the keys of an account. */
export function viewKeys(keys: readonly PartnerKey[], nowMs: number): View {
  const columns: readonly Column<PartnerKey>[] = [
    { head: 'key', cell: ({ keyId }) => keyId },
    { head: 'profile', cell: describeProfile },
    { head: 'state', cell: (key) => stateOf(key, nowMs) },
    { head: 'last used', cell: (key) => showMinute(lastUseOf(key)) ?? 'never' },
  ];
  return {
    json: { keys: keys.map(describeKey) },
    lines: (width) =>
      keys.length === 0
        ? ['The account has no key yet. Run signet key create to make one.']
        : showTable(keys, columns, width),
  };
}

/** Returns the view of one key. */
export function viewKey(key: PartnerKey, nowMs: number): View {
  return { json: { key: describeKey(key) }, lines: (width) => showKey(key, nowMs, width) };
}

/** Returns the key for programs. */
export function describeKey(key: PartnerKey): object {
  const { kind: _, revokedAt, lastUsedAt = {}, ...facts } = key;
  const used = Object.fromEntries(Object.entries(lastUsedAt).map(([version, at]) => [version, iso(at)]));
  return {
    ...facts,
    ...('versions' in key && { versions: key.versions.map(describeVersion) }),
    revokedAt: iso(revokedAt),
    lastUsedAt: used,
  };
}

function describeVersion({ endsAt, createdAt, ...version }: SecretVersion): object {
  return { ...version, createdAt: iso(createdAt), endsAt: iso(endsAt) };
}

/** Returns the facts of a key and the table of its secret versions. */
export function showKey(key: PartnerKey, nowMs: number, width: number): string[] {
  const facts = [
    ['key', key.keyId],
    ['account', key.accountId],
    ['profile', describeProfile(key)],
    ['state', stateOf(key, nowMs)],
    ['DELETE without a body', key.allowUnboundDelete ? 'accepted' : undefined],
    ['public key', 'publicKey' in key ? key.publicKey : undefined],
    ['last used', 'publicKey' in key ? (showMinute(lastUseOf(key)) ?? 'never') : undefined],
  ] as const;
  return [...showFacts(facts, width), ...('versions' in key ? ['', ...showVersions(key, nowMs, width)] : [])];
}

function showVersions(key: Extract<PartnerKey, { versions: unknown }>, nowMs: number, width: number): string[] {
  const columns: readonly Column<SecretVersion>[] = [
    { head: 'version', cell: ({ version }) => version, isNumber: true },
    { head: 'from', cell: (one) => ('imported' in one ? 'imported' : `master ${one.master}`) },
    // The day only: with the minute the table does not fit 80 columns.
    { head: 'created', cell: ({ createdAt }) => showMinute(createdAt)?.slice(0, 10) },
    { head: 'accepted', cell: ({ endsAt }) => describeEnd(earlier(endsAt, key.revokedAt), nowMs) },
    { head: 'last used', cell: ({ version }) => showMinute(key.lastUsedAt?.[version]) ?? 'never' },
  ];
  return showTable(key.versions, columns, width);
}

/** A revoked key ends all its versions. */
function earlier(endsAt = Number.POSITIVE_INFINITY, revokedAt = Number.POSITIVE_INFINITY): number | undefined {
  const ends = Math.min(endsAt, revokedAt);
  return Number.isFinite(ends) ? ends : undefined;
}

function describeEnd(endsAt: number | undefined, nowMs: number): string {
  if (endsAt === undefined) return 'yes';
  return `${endsAt > nowMs ? 'until' : 'no, since'} ${showMinute(endsAt)}`;
}

function describeProfile(key: PartnerKey): string {
  return 'publicKey' in key ? `${key.profile} ed25519` : key.profile;
}

function stateOf(key: PartnerKey, nowMs: number): string {
  if (key.revokedAt !== undefined) return `revoked ${showMinute(key.revokedAt)}`;
  const accepted =
    'versions' in key ? key.versions.filter(({ endsAt = Number.POSITIVE_INFINITY }) => endsAt > nowMs) : [];
  return accepted.length > 1 ? 'in overlap' : 'active';
}

function lastUseOf({ lastUsedAt = {} }: PartnerKey): number | undefined {
  const times = Object.values(lastUsedAt);
  return times.length > 0 ? Math.max(...times) : undefined;
}
