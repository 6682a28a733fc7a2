// Slips: small edits of texts with a strict grammar, as a careless sender, a proxy or an attacker makes them.
import fc from 'fast-check';

const PIECES = [...' \n\0\t,.=:-_+/0aAfFgGzZ19', '~', '%', '٣', '１', 'é', ',v1=', 't=', 'v1,', '  ', ''];

const slip = fc.tuple(fc.nat(), fc.nat(2), fc.constantFrom(...PIECES));

/** Generates edits that change a text in up to two places. About a third of them change nothing. */
export const slips: fc.Arbitrary<(text: string) => string> = fc
  .array(slip, { maxLength: 2 })
  .map((made) => (text) => made.reduce(slipOnce, text));

function slipOnce(text: string, [where, removed, added]: [number, number, string]): string {
  const at = where % (text.length + 1);
  return text.slice(0, at) + added + text.slice(at + removed);
}
