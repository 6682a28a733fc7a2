// The known word that an unknown one was probably meant to be.

/** Undefined when none is near: more than a third of the longer word would have to change. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const ranked = known
    .map((candidate) => ({ candidate, edits: countEdits(word.toLowerCase(), candidate) }))
    .filter(({ candidate, edits }) => edits <= Math.max(1, Math.floor(Math.max(word.length, candidate.length) / 3)))
    .toSorted((one, other) => one.edits - other.edits);
  return ranked[0]?.candidate;
}

/** A question to put behind a refusal; nothing when nothing is near. */
export function askIfMeant(word: string, known: readonly string[]): string {
  const meant = nearest(word, known);
  return meant === undefined ? '' : ` Did you mean ${meant}?`;
}

/** Insertions, deletions, substitutions and swaps of neighbours (optimal string alignment). */
function countEdits(one: string, other: string): number {
  let before: number[] = [];
  let last = Array.from({ length: other.length + 1 }, (_, column) => column);
  for (let row = 1; row <= one.length; row += 1) {
    const next = [row];
    for (let column = 1; column <= other.length; column += 1) {
      const isSame = one[row - 1] === other[column - 1];
      const isSwap = column > 1 && one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1];
      const changed = Math.min(at(last, column) + 1, at(next, column - 1) + 1, at(last, column - 1) + Number(!isSame));
      next.push(isSwap ? Math.min(changed, at(before, column - 2) + 1) : changed);
    }
    [before, last] = [last, next];
  }
  return at(last, other.length);
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Number.POSITIVE_INFINITY;
}
