// An explained message for people: the signatures it has, what the other profiles would sign, and what to do.
import type { Explanation, ProfileReading } from '../../../lib/client/explain.ts';
import { escapeBytes } from '../../../lib/protocol/diagnosis/escape-bytes.ts';
import { printable, wrap } from '../../../lib/terminal/layout.ts';
import type { ReadCapture } from '../capture/read-capture.ts';
import { breakEscaped } from '../terminal/break-escaped.ts';

/** Returns the lines to print. The advice is last. Untrusted text in them is escaped. */
export function showExplanation(
  { readings }: Explanation,
  { method, authority, path, query, body }: ReadCapture,
  { advice, columns }: { readonly advice: readonly string[]; readonly columns: number },
): string[] {
  const target = `${method} ${authority}${path}${query && `?${query}`}`;
  const present = readings.filter(({ form }) => form !== 'absent');
  const others = groupByContent(readings.filter(({ form }) => form === 'absent'));
  return [
    ...wrap(printable(`${target}, body of ${body.length} bytes`), columns),
    ...present.flatMap((reading) => ['', ...showReading(reading, columns)]),
    '',
    ...(present.length > 0 ? ['The other profiles would sign:'] : ['The profiles would sign:']),
    ...others.flatMap(([content, group]) => showGroup(content, group, columns)),
    '',
    ...wrap(LEGEND, columns),
    '',
    ...advice.flatMap((text) => wrap(printable(text), columns)),
  ];
}

const LEGEND =
  '(\\n \\r \\t \\\\ and \\xNN are one byte each. The other line breaks are not in the bytes; --json has none.)';

const FORMS = { well_formed: 'well formed', malformed: 'malformed', absent: 'absent' } as const;

function showReading(reading: ProfileReading, columns: number): string[] {
  const { profile, form, fits, reason, keyId, timestampMs, signedContent } = reading;
  const facts = [
    FORMS[form],
    ...(keyId === undefined ? [] : [`key ${keyId}`]),
    ...(timestampMs === undefined ? [] : [`signed ${new Date(timestampMs).toISOString()}`]),
    ...(fits ? ['the signature fits'] : []),
  ];
  return [
    ...wrap(printable(`${fits ? '✓' : '✗'} ${profile}: ${facts.join(', ')}`), columns),
    ...(reason === undefined ? [] : wrap(printable(reason), columns, '    ')),
    ...showContent(signedContent, SHOWN_BYTES, columns),
  ];
}

function showGroup(content: string | undefined, group: readonly ProfileReading[], columns: number): string[] {
  const names = group.map(({ profile, fits }) => (fits ? `${profile} (the signature fits)` : profile)).join(', ');
  if (content === undefined) return wrap(`${names}: a part is missing`, columns, '  ');
  return [...wrap(`${names}:`, columns, '  '), ...showContent(group[0]?.signedContent, SHOWN_BYTES_OF_OTHERS, columns)];
}

/** Groups the profiles that sign the same bytes. */
function groupByContent(readings: readonly ProfileReading[]): [string | undefined, ProfileReading[]][] {
  const groups = new Map<string | undefined, ProfileReading[]>();
  for (const reading of readings) {
    const content = reading.signedContent?.toString('latin1');
    groups.set(content, [...(groups.get(content) ?? []), reading]);
  }
  return [...groups];
}

const SHOWN_BYTES = 2_000;
/** The profiles differ in the bytes before the body. */
const SHOWN_BYTES_OF_OTHERS = 120;
const INDENT = '    ';

function showContent(content: Buffer | undefined, shownBytes: number, columns: number): string[] {
  if (!content) return [];
  const pieces = breakEscaped(escapeBytes(content.subarray(0, shownBytes)), columns - INDENT.length);
  const rest = content.length > shownBytes ? [`… ${content.length} bytes in total`] : [];
  return [...pieces, ...rest].map((piece) => INDENT + piece);
}
