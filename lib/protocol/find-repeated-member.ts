// Finds a member that occurs twice in one object. A JSON parser would keep one of the two, and another parser the other.

/** One open object or array. `names` is absent for an array. */
interface Frame {
  readonly names?: Set<string>;
  /** The name of the current member, or the index of the current item. */
  at: string | number;
}

/**
 * Returns the place of the first member whose name occurs before in the same object, as the names and indexes that lead
 * to it, or undefined. `json` must be valid JSON. The time is linear in its length.
 */
export function findRepeatedMember(json: string): readonly PropertyKey[] | undefined {
  const open: Frame[] = [];
  let expectsName = false;
  for (let at = 0; at < json.length; at += 1) {
    const character = json[at];
    const frame = open.at(-1);
    if (character === '"') {
      const end = endOfString(json, at);
      if (expectsName && frame?.names) {
        frame.at = JSON.parse(json.slice(at, end)) as string;
        if (frame.names.has(frame.at)) return open.map((each) => each.at);
        frame.names.add(frame.at);
      }
      at = end - 1;
    } else if (character === '{') open.push({ names: new Set(), at: '' });
    else if (character === '[') open.push({ at: 0 });
    else if (character === '}' || character === ']') open.pop();
    else if (character === ',' && typeof frame?.at === 'number') frame.at += 1;
    if (character === '{' || character === ',') expectsName = true;
    if (character === ':' || character === '[') expectsName = false;
  }
  return undefined;
}

/** Returns the place after the string that begins at `start`. */
function endOfString(json: string, start: number): number {
  let at = start + 1;
  while (json[at] !== '"') at += json[at] === '\\' ? 2 : 1;
  return at + 1;
}
