// The size of an item by DynamoDB's rules. Source: "DynamoDB item sizes and formats" in the developer guide.

/** An item in DynamoDB's JSON. */
export type Item = Readonly<Record<string, AttributeValue>>;
/** A value in DynamoDB's JSON, such as `{"S": "text"}`. */
export type AttributeValue = Readonly<Record<string, unknown>>;

type Sizer = (value: never) => number;

const SIZERS: Readonly<Record<string, Sizer>> = {
  S: (text: string) => Buffer.byteLength(text),
  N: numberBytes,
  B: base64Bytes,
  BOOL: () => 1,
  NULL: () => 1,
  SS: (texts: readonly string[]) => sum(texts.map((text) => Buffer.byteLength(text))),
  NS: (numbers: readonly string[]) => sum(numbers.map(numberBytes)),
  BS: (blobs: readonly string[]) => sum(blobs.map(base64Bytes)),
  // A list or map costs three bytes, and one more for each element.
  L: (values: readonly AttributeValue[]) => 3 + sum(values.map((value) => 1 + valueBytes(value))),
  M: (map: Item) => 3 + Object.keys(map).length + itemSizeBytes(map),
};

/** Returns the bytes of all names and values of an item in DynamoDB's JSON, where binary values are base64 text. */
export function itemSizeBytes(item: Item): number {
  return sum(Object.entries(item).map(([name, value]) => Buffer.byteLength(name) + valueBytes(value)));
}

function valueBytes(value: AttributeValue): number {
  const [type = '', content] = Object.entries(value)[0] ?? [];
  return SIZERS[type]?.(content as never) ?? 0;
}

/** Returns about one byte per two significant digits, plus one byte, plus one for a minus sign. */
function numberBytes(text: string): number {
  const digits = text
    .replace(/[eE].*$/, '')
    .replace(/[-+.]/g, '')
    .replace(/^0+|0+$/g, '');
  return Math.ceil(digits.length / 2) + 1 + (text.startsWith('-') ? 1 : 0);
}

function base64Bytes(text: string): number {
  return Buffer.byteLength(text, 'base64');
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
