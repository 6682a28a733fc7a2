// An explained message on a terminal: what is there, what the other profiles would sign, and last what to do.
import type { Explanation, ProfileReading } from '../../../lib/client/explain.ts';
import { escapeBytes } from '../../../lib/protocol/diagnosis/escape-bytes.ts';
import type { ReadCapture } from '../capture/read-capture.ts';
import { breakEscaped, printable, wrap } from '../terminal/layout.ts';

export function showExplanation(
  { readings }: Explanation,
  { method, authority, path, query, body }: ReadCapture,
  { advice, columns }: { readonly advice: readonly string[]; readonly columns: number },
): string[] {
  const target = `${method} ${authority}${path}${query && `?${query}`}`;
  const there = readings.filter(({ form }) => form !== 'absent');
  const others = groupByContent(readings.filter(({ form }) => form === 'absent'));
  return [
    ...wrap(printable(`${target}, body of ${body.length} bytes`), columns),
    ...there.flatMap((reading) => ['', ...showReading(reading, columns)]),
    '',
    ...(there.length > 0 ? ['Not there; they would sign:'] : ['The profiles would sign:']),
    ...others.flatMap(([content, group]) => showGroup(content, group, columns)),
    '',
    ...wrap(LEGEND, columns),
    '',
    ...advice.flatMap((text) => wrap(printable(text), columns)),
  ];
}

const LEGEND = '(\\n \\r \\t \\\\ \\xNN stand for one byte each. Other line breaks are only here; --json has none.)';

const FORMS = { well_formed: 'well formed', malformed: 'malformed', absent: 'not there' } as const;

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
  if (content === undefined) return wrap(`${names}: a part is not there`, columns, '  ');
  return [...wrap(`${names}:`, columns, '  '), ...showContent(group[0]?.signedContent, SHOWN_BYTES_OF_OTHERS, columns)];
}

/** Several profiles sign the same bytes. */
function groupByContent(readings: readonly ProfileReading[]): [string | undefined, ProfileReading[]][] {
  const groups = new Map<string | undefined, ProfileReading[]>();
  for (const reading of readings) {
    const content = reading.signedContent?.toString('latin1');
    groups.set(content, [...(groups.get(content) ?? []), reading]);
  }
  return [...groups];
}

const SHOWN_BYTES = 2_000;
/** They differ in what stands before the body. */
const SHOWN_BYTES_OF_OTHERS = 120;
const INDENT = '    ';

function showContent(content: Buffer | undefined, shownBytes: number, columns: number): string[] {
  if (!content) return [];
  const pieces = breakEscaped(escapeBytes(content.subarray(0, shownBytes)), columns - INDENT.length);
  const rest = content.length > shownBytes ? [`… ${content.length} bytes in all`] : [];
  return [...pieces, ...rest].map((piece) => INDENT + piece);
}
