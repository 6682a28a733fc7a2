// What the profiles do not protect: the changes that the flip sweep shows to be accepted, and the consequence of each.
// The wire document has this table. To print it: node -e "import('./test/protocol/profiles/unprotected.ts').then((m) => console.log(m.formatUnprotectedTable()))"
import { PROFILES, type ProfileId } from '../../../lib/protocol/profiles/profiles.ts';
import { INBOUND_ROWS } from '../../support/protocol/inbound-rows.ts';
import { OUTBOUND_ROWS } from '../../support/protocol/outbound-rows.ts';

/** One part that a profile does not protect in one direction. */
export interface UnprotectedRow {
  readonly profile: ProfileId;
  readonly direction: 'in' | 'out';
  /** The part that can be changed in flight. */
  readonly part: string;
  readonly consequence: string;
}

const TARGET =
  'An intercepted request is valid for other routes and hosts. Only strict bodies and the one-time value prevent that.';
const HEADERS = 'Nothing important may depend on it.';
const SIGNATURE_TEXT = 'The same signature has several texts: never compare header texts to detect replays.';
const EVENT = 'Read the event’s id, type and time from the body.';
const REPLAY = 'A replay looks like the first delivery: record the ids of the events that you have handled.';
const REPLAY_WITHOUT_LIMIT =
  'An intercepted delivery can be replayed without limit: read the job from the relay before you act on it.';

/** The consequences by the part that was changed, for both directions. */
export const CONSEQUENCES: Readonly<Record<string, string>> = {
  'the method': TARGET,
  'the path': TARGET,
  'a slash after the path': TARGET,
  'the query': TARGET,
  'the host, also as the gateway names it': TARGET,
  'the content type': HEADERS,
  'an unsigned header': HEADERS,
  'the key id, when both keys have the same secret': 'Never give two keys the same secret.',
  'the case of the hex': SIGNATURE_TEXT,
  'another v1 before it': SIGNATURE_TEXT,
  'another v1 after it': SIGNATURE_TEXT,
  'the label, in both fields': SIGNATURE_TEXT,
  'spaces where the canonical form has none': SIGNATURE_TEXT,
  'another signature next to it': 'The relay ignores it, and it proves nothing.',
  'the URL to which it is sent':
    'A delivery for one endpoint is valid for another one with the same secret: give each endpoint its own.',
  'the header x-webhook-event': EVENT,
  'the header webhook-id': EVENT,
  'the header webhook-timestamp': EVENT,
  'the header x-partner-slug': 'Use it to find the secret. It proves nothing.',
  'a replay five minutes later': REPLAY,
  'a replay an hour later': REPLAY_WITHOUT_LIMIT,
  'a replay ten years later': REPLAY_WITHOUT_LIMIT,
};

/** Returns one row for each profile, direction and part, in the order of the profiles. */
export function unprotectedRows(): readonly UnprotectedRow[] {
  const rows = [
    ...INBOUND_ROWS.map((row) => ({ ...row, direction: 'in' as const })),
    ...OUTBOUND_ROWS.map((row) => ({ ...row, direction: 'out' as const })),
  ].flatMap(({ profile, direction, uncovered }) =>
    Object.keys(uncovered).map((part) => ({ profile, direction, part, consequence: CONSEQUENCES[part] ?? '' })),
  );
  // RFC 9421 has one row for each algorithm, with the same unprotected parts.
  const distinct = new Map(rows.map((row) => [`${row.profile} ${row.direction} ${row.part}`, row]));
  const order = Object.keys(PROFILES);
  return [...distinct.values()].sort((first, second) => order.indexOf(first.profile) - order.indexOf(second.profile));
}

/** Returns the table in Markdown. Parts of one profile and direction with the same consequence share a line. */
export function formatUnprotectedTable(): string {
  const lines = new Map<string, UnprotectedRow>();
  for (const row of unprotectedRows()) {
    const place = `${row.profile} ${row.direction} ${row.consequence}`;
    const before = lines.get(place);
    lines.set(place, before ? { ...before, part: `${before.part}; ${row.part}` } : row);
  }
  return [
    '| profile | direction | not protected | consequence |',
    '| --- | --- | --- | --- |',
    ...[...lines.values()].map(
      ({ profile, direction, part, consequence }) => `| \`${profile}\` | ${direction} | ${part} | ${consequence} |`,
    ),
  ].join('\n');
}
