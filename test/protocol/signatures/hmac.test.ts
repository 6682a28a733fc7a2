// The one comparison that every HMAC signature goes through: every key, every signature, and no other length.
import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findFittingKey, fitsAnyKey, hmacSha256 } from '../../../lib/protocol/signatures/hmac.ts';

const content = Buffer.from('content');
const keys = ['first', 'second', 'third'].map((text) => createSecretKey(text, 'utf8'));
const macOf = (text: string) => createHmac('sha256', text).update(content).digest();
const [first, second, third] = [macOf('first'), macOf('second'), macOf('third')];
const stranger = macOf('stranger');

/** A list that notes which of its items were looked at. */
function watched<T extends object>(items: readonly T[]): { list: readonly T[]; reads: number[] } {
  const reads: number[] = [];
  const list = new Proxy(items, {
    get(target, name, receiver) {
      if (typeof name === 'string' && /^\d+$/.test(name)) reads.push(Number(name));
      return Reflect.get(target, name, receiver);
    },
  });
  return { list, reads };
}

describe('a signature', () => {
  test.each([
    ['of the first key', [first], true],
    ['of the second key', [second], true],
    ['of the last key', [third], true],
    ['of no key', [stranger], false],
    ['of no key, beside one of the last', [stranger, third], true],
    ['of the first key, beside one of no key', [first, stranger], true],
    ['that is not there', [], false],
  ])('%s', (_whose, signatures, fits) => expect(fitsAnyKey(content, keys, signatures)).toBe(fits));

  test('fits no key where there is none', () => {
    expect(fitsAnyKey(content, [], [first])).toBe(false);
    expect(fitsAnyKey(content, [], [])).toBe(false);
  });

  test('fits when one of the pairs fits, and only then', () => {
    const texts = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 5 });
    fc.assert(
      fc.property(texts, texts, (held, signed) => {
        const material = held.map((text) => createSecretKey(text, 'utf8'));
        expect(fitsAnyKey(content, material, signed.map(macOf))).toBe(held.some((text) => signed.includes(text)));
      }),
    );
  });

  test('never fits in another length, and does not throw', () => {
    const others = [Buffer.alloc(0), first.subarray(0, 31), Buffer.concat([first, Buffer.alloc(1)]), first.subarray(1)];
    for (const other of others) expect(fitsAnyKey(content, keys, [other])).toBe(false);
    expect(fitsAnyKey(content, keys, [...others, first])).toBe(true);
  });
});

test('the key that fits is told apart from the others, the first of equal ones', () => {
  for (const [at, mac] of [first, second, third].entries()) expect(findFittingKey(content, keys, [mac])).toBe(keys[at]);
  expect(findFittingKey(content, keys, [third, second])).toBe(keys[1]);
  const twins = [createSecretKey('first', 'utf8'), ...keys];
  expect(findFittingKey(content, twins, [first])).toBe(twins[0]);
  expect(findFittingKey(content, keys, [stranger])).toBeUndefined();
});

describe('work', () => {
  test('is done for every key and every signature, wherever the first fit is', () => {
    for (const good of [first, second, third, stranger]) {
      const [material, signatures] = [watched<KeyObject>(keys), watched<Buffer>([good, stranger])];
      fitsAnyKey(content, material.list, signatures.list);
      expect(material.reads).toEqual([0, 1, 2]);
      expect(signatures.reads).toEqual([0, 1, 0, 1, 0, 1]);
    }
  });

  test('leaves the key as it is: the same MAC again', () => {
    const [key = createSecretKey('', 'utf8')] = keys;
    expect(hmacSha256(key, content)).toEqual(first);
    expect(hmacSha256(key, content)).toEqual(first);
  });
});
