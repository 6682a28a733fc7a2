// What the profiles do not protect: the changes that the flip sweep shows to go unnoticed, and what follows from each.
// The wire document prints the table of it. To see it: node -e "import('./test/protocol/profiles/unprotected.ts').then((m) => console.log(m.formatUnprotectedTable()))"
import { PROFILES, type ProfileId } from '../../../lib/protocol/profiles/profiles.ts';
import { INBOUND_ROWS } from '../../support/protocol/inbound-rows.ts';
import { OUTBOUND_ROWS } from '../../support/protocol/outbound-rows.ts';

export interface UnprotectedRow {
  readonly profile: ProfileId;
  readonly direction: 'in' | 'out';
  /** Changed on the way, and not noticed. */
  readonly part: string;
  /** What follows from it. */
  readonly means: string;
}

const TARGET =
  'A request that is caught on its way fits other routes and hosts: only strict bodies and the one-time value stand against that.';
const HEADERS = 'Nothing that matters may depend on it.';
const SIGNATURE_TEXT = 'The same signature in another text: never compare header texts to find repeats.';
const EVENT = 'Read the event’s id, type and time from the body.';
const AGAIN = 'A repeat looks like the first: remember the ids of the events that were done.';
const AGAIN_FOR_EVER =
  'A delivery that was caught once can be sent again for ever: ask us for the job before you act on it.';

/** By the part that was changed, in either direction. */
export const CONSEQUENCES: Readonly<Record<string, string>> = {
  'the method': TARGET,
  'the path': TARGET,
  'a slash after the path': TARGET,
  'the query': TARGET,
  'the host, and the gateway with it': TARGET,
  'the content type': HEADERS,
  'a header that nobody signed': HEADERS,
  'the key id, where both keys have the same secret': 'Never give two keys the same secret.',
  'the case of the hex': SIGNATURE_TEXT,
  'a v1 of somebody else before it': SIGNATURE_TEXT,
  'a v1 of somebody else after it': SIGNATURE_TEXT,
  'the label, in both fields': SIGNATURE_TEXT,
  'spaces where the canonical form has none': SIGNATURE_TEXT,
  'a signature of somebody else beside it': 'It is ignored, and vouches for nothing.',
  'the URL that it is posted to':
    'A delivery for one endpoint fits another one with the same secret: give each its own.',
  'the header x-webhook-event': EVENT,
  'the header webhook-id': EVENT,
  'the header webhook-timestamp': EVENT,
  'the header x-partner-slug': 'It helps to find the secret, and proves nothing.',
  'the delivery kept, and sent again five minutes later': AGAIN,
  'the delivery kept, and sent again an hour later': AGAIN_FOR_EVER,
  'the delivery kept, and sent again ten years later': AGAIN_FOR_EVER,
};

/** One row for each profile, direction and part, in the order of the profiles. */
export function unprotectedRows(): readonly UnprotectedRow[] {
  const rows = [
    ...INBOUND_ROWS.map((row) => ({ ...row, direction: 'in' as const })),
    ...OUTBOUND_ROWS.map((row) => ({ ...row, direction: 'out' as const })),
  ].flatMap(({ profile, direction, uncovered }) =>
    Object.keys(uncovered).map((part) => ({ profile, direction, part, means: CONSEQUENCES[part] ?? '' })),
  );
  // RFC 9421 has a row for each algorithm, which do not differ in this.
  const distinct = new Map(rows.map((row) => [`${row.profile} ${row.direction} ${row.part}`, row]));
  const order = Object.keys(PROFILES);
  return [...distinct.values()].sort((one, other) => order.indexOf(one.profile) - order.indexOf(other.profile));
}

/** The table in Markdown. Parts of one profile and direction with the same consequence share a line. */
export function formatUnprotectedTable(): string {
  const lines = new Map<string, UnprotectedRow>();
  for (const row of unprotectedRows()) {
    const place = `${row.profile} ${row.direction} ${row.means}`;
    const before = lines.get(place);
    lines.set(place, before ? { ...before, part: `${before.part}; ${row.part}` } : row);
  }
  return [
    '| profile | direction | not protected | so what |',
    '| --- | --- | --- | --- |',
    ...[...lines.values()].map(
      ({ profile, direction, part, means }) => `| \`${profile}\` | ${direction} | ${part} | ${means} |`,
    ),
  ].join('\n');
}
