// Invalid timestamps. Lenient readers accept many of them, because parseInt, Number and Date do.
import { type BadPart, badParts } from '../mutant.ts';

type Unit = 's' | 'ms';

const TEN_YEARS_S = 315_360_000;

/** Returns the timestamp of a time, in whole units. */
export function clockText(unit: Unit, epochMs: number): string {
  return String(unit === 'ms' ? epochMs : Math.floor(epochMs / 1000));
}

/** Returns the same digits in the script whose zero is this code point. */
function inScript(digits: string, zero: number): string {
  return [...digits].map((digit) => String.fromCodePoint(zero + Number(digit))).join('');
}

/** Returns invalid texts for the timestamp of `nowMs`. */
export function clockTexts(unit: Unit, nowMs: number): readonly BadPart[] {
  const now = clockText(unit, nowMs);
  return [...decorated(now), ...otherNumbers(now), ...otherTimes(unit, nowMs), ...noDecimals(now, nowMs)];
}

function decorated(now: string): readonly BadPart[] {
  return [
    ...badParts('clock: junk after', {
      'a letter after it': `${now}x`,
      'a Z after it': `${now}Z`,
      'a unit after it': `${now}s`,
      'an underscore after it': `${now}_`,
      'a semicolon after it': `${now};`,
      'a hash after it': `${now}#`,
      'a dot and a letter after it': `${now}.x`,
    }),
    ...badParts('clock: sign', {
      'a plus': `+${now}`,
      'a plus, with the right length': `+${now.slice(1)}`,
      'a minus': `-${now}`,
      'two minuses': `--${now}`,
      'a minus sign that is not a hyphen': `\u2212${now}`,
    }),
    ...badParts('clock: float', {
      'a point and a zero': `${now}.0`,
      'a point and a half': `${now}.5`,
      'a trailing point': `${now}.`,
      'a leading point': `.${now}`,
      'a point, with the right length': `${now.slice(0, -2)}.0`,
      'a decimal comma': `${now},0`,
    }),
    ...badParts('clock: spaces', {
      'a space before it': ` ${now}`,
      'a space after it': `${now} `,
      'a tab before it': `\t${now}`,
      'a tab after it': `${now}\t`,
      'a space within': `${now.slice(0, 4)} ${now.slice(4)}`,
    }),
  ];
}

function otherNumbers(now: string): readonly BadPart[] {
  const scientific = `${now[0]}.${now.slice(1)}`;
  return [
    ...badParts('clock: exponent', {
      'times one': `${now}e0`,
      'times one, with a capital': `${now}E0`,
      'times ten, with the right length': `${now.slice(0, -2)}e2`,
      'in scientific notation': `${scientific}e${now.length - 1}`,
      'in scientific notation, with a plus': `${scientific}e+${now.length - 1}`,
    }),
    ...badParts('clock: leading zero', {
      'a zero before it': `0${now}`,
      'two zeros before it': `00${now}`,
      'a zero in place of the first digit': `0${now.slice(1)}`,
      'a zero before it, without the last digit': `0${now.slice(0, -1)}`,
    }),
    ...badParts('clock: digits of other scripts', {
      'full-width digits': inScript(now, 0xff10),
      'Arabic-Indic digits': inScript(now, 0x0660),
      'Devanagari digits': inScript(now, 0x0966),
      'mathematical digits': inScript(now, 0x1d7ce),
      'one full-width digit at the end': now.slice(0, -1) + inScript(now.slice(-1), 0xff10),
      'a superscript digit at the end': `${now.slice(0, -1)}\u00b2`,
    }),
  ];
}

function otherTimes(unit: Unit, nowMs: number): readonly BadPart[] {
  const now = clockText(unit, nowMs);
  const others =
    unit === 's'
      ? { milliseconds: clockText('ms', nowMs), microseconds: `${clockText('ms', nowMs)}000` }
      : { seconds: clockText('s', nowMs), microseconds: `${now}000` };
  return [
    ...badParts('clock: the other unit', others),
    ...badParts('clock: ten years ahead', { 'ten years ahead': clockText(unit, nowMs + TEN_YEARS_S * 1000) }),
    ...badParts('clock: empty', { empty: '' }),
    ...badParts('clock: wrong length', {
      'without the last digit': now.slice(0, -1),
      'without the first digit': now.slice(1),
      'with one more digit': `${now}0`,
      'the digits twice': now + now,
    }),
  ];
}

function noDecimals(now: string, nowMs: number): readonly BadPart[] {
  return badParts('clock: not a decimal number', {
    hexadecimal: `0x${Number(now).toString(16)}`,
    octal: `0o${Number(now).toString(8)}`,
    binary: `0b${Number(now).toString(2)}`,
    'a bigint': `${now}n`,
    'digits grouped by underscores': now.replace(/\B(?=(?:\d{3})+$)/g, '_'),
    'digits grouped by commas': now.replace(/\B(?=(?:\d{3})+$)/g, ','),
    'a date': new Date(nowMs).toISOString(),
    'a date in the HTTP format': new Date(nowMs).toUTCString(),
    'not a number': 'NaN',
    infinity: 'Infinity',
    'in brackets': `[${now}]`,
    'a JSON object': `{"t":${now}}`,
  });
}
