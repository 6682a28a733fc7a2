// Random edits of a header text: of its items between commas and of single characters.
import fc from 'fast-check';

const PIECES = [',', ', ', ' ', '=', 't=', 'v1=', 't=1800000000', 'a', '0', 'A', '\n', '\0', ';'];
export type Edit = (text: string) => string;

/** Generates random edits. */
export const edits: fc.Arbitrary<Edit> = fc.oneof(
  fc.nat().map(
    (at): Edit =>
      (text) =>
        toggled(text, at),
  ),
  fc.constantFrom<Edit>(
    (text) => text.toUpperCase(),
    (text) => text.replace(/[0-9a-f]{64}/g, (hex) => hex.toUpperCase()),
  ),
  fc.tuple(fc.nat(), fc.nat()).map(
    ([from, to]): Edit =>
      (text) =>
        movedItem(text, from, to),
  ),
  fc.nat().map(
    (at): Edit =>
      (text) =>
        doubledItem(text, at),
  ),
  fc.nat().map(
    (at): Edit =>
      (text) =>
        text
          .split(',')
          .toSpliced(at % text.split(',').length, 1)
          .join(','),
  ),
  fc.tuple(fc.nat(), fc.constantFrom(...PIECES)).map(
    ([at, piece]): Edit =>
      (text) =>
        text.slice(0, at % (text.length + 1)) + piece + text.slice(at % (text.length + 1)),
  ),
);

function toggled(text: string, at: number): string {
  const index = at % Math.max(text.length, 1);
  const letter = text.charAt(index);
  const other = letter === letter.toUpperCase() ? letter.toLowerCase() : letter.toUpperCase();
  return text.slice(0, index) + other + text.slice(index + 1);
}

function movedItem(text: string, from: number, to: number): string {
  const items = text.split(',');
  const [item = ''] = items.splice(from % items.length, 1);
  return items.toSpliced(to % (items.length + 1), 0, item).join(',');
}

function doubledItem(text: string, at: number): string {
  const items = text.split(',');
  const index = at % items.length;
  return items.toSpliced(index, 0, items[index] ?? '').join(',');
}
