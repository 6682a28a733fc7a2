// The curve of Ed25519 in plain arithmetic (RFC 8032, section 5.1). It is slow and not constant-time, for proofs in tests.

const P = 2n ** 255n - 19n;
/** The order of the base point. */
export const L = 2n ** 252n + 27742317777372353535851937790883648493n;

export type Point = readonly [x: bigint, y: bigint];

const reduce = (value: bigint) => ((value % P) + P) % P;

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  for (let [square, rest] = [reduce(base), exponent]; rest > 0n; rest >>= 1n, square = (square * square) % P)
    if (rest & 1n) result = (result * square) % P;
  return result;
}

const invert = (value: bigint) => power(value, P - 2n);
const D = reduce(-121665n * invert(121666n));
const ROOT_OF_MINUS_ONE = power(2n, (P - 1n) / 4n);

export const IDENTITY: Point = [0n, 1n];

/** Returns the sum of two points. */
export function add([x1, y1]: Point, [x2, y2]: Point): Point {
  const product = reduce(D * x1 * x2 * y1 * y2);
  return [
    reduce((x1 * y2 + x2 * y1) * invert(1n + product)),
    reduce((y1 * y2 + x1 * x2) * invert(reduce(1n - product))),
  ];
}

/** Returns the scalar multiple of a point. */
export function multiply(scalar: bigint, point: Point): Point {
  let result = IDENTITY;
  for (let [double, rest] = [point, scalar]; rest > 0n; rest >>= 1n, double = add(double, double))
    if (rest & 1n) result = add(result, double);
  return result;
}

/** Returns both points with this y, or none. `y` may be p or more, because lenient decoders accept that. */
export function pointsAt(y: bigint): readonly Point[] {
  const square = reduce((y * y - 1n) * invert(reduce(D * y * y + 1n)));
  const candidate = power(square, (P + 3n) / 8n);
  const x = [candidate, reduce(candidate * ROOT_OF_MINUS_ONE)].find((root) => reduce(root * root - square) === 0n);
  return x === undefined
    ? []
    : [
        [x, reduce(y)],
        [reduce(-x), reduce(y)],
      ];
}

export const BASE = multiply(1n, pointsAt(reduce(4n * invert(5n))).find(([x]) => (x & 1n) === 0n) ?? IDENTITY);

/** Returns the y coordinates that a decoder without a range check reads as the y of this point. */
export const textsOfY = ([, y]: Point): readonly bigint[] => [y, y + P].filter((value) => value < 2n ** 255n);

/** Returns the 32 bytes of a point: y in little-endian order, with the sign of x in the top bit. */
export function encodePoint(y: bigint, sign: 0 | 1): Buffer {
  const bytes = Buffer.from(y.toString(16).padStart(64, '0'), 'hex').reverse();
  bytes.writeUInt8(bytes.readUInt8(31) | (sign << 7), 31);
  return bytes;
}

/** Returns a little-endian number modulo the order of the base point. */
export const toScalar = (bytes: Buffer): bigint => BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`) % L;
