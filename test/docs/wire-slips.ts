// Slips of the pen for texts with a strict form: what a careless sender, a proxy or an attacker makes of them.
import fc from 'fast-check';

const PIECES = [...' \n\0\t,.=:-_+/0aAfFgGzZ19', '~', '%', '٣', '１', 'é', ',v1=', 't=', 'v1,', '  ', ''];

const slip = fc.tuple(fc.nat(), fc.nat(2), fc.constantFrom(...PIECES));

/** Up to two places where something is taken out, put in, or both. None in about a third of all. */
export const slips: fc.Arbitrary<(text: string) => string> = fc
  .array(slip, { maxLength: 2 })
  .map((made) => (text) => made.reduce(slipOnce, text));

function slipOnce(text: string, [where, removed, added]: [number, number, string]): string {
  const at = where % (text.length + 1);
  return text.slice(0, at) + added + text.slice(at + removed);
}
