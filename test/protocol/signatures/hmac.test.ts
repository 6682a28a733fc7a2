// The comparison of HMAC signatures tries every key with every signature, and never accepts another length.
import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findFittingKey, fitsAnyKey, hmacSha256 } from '../../../lib/protocol/signatures/hmac.ts';

const content = Buffer.from('content');
const keys = ['first', 'second', 'third'].map((text) => createSecretKey(text, 'utf8'));
const macOf = (text: string) => createHmac('sha256', text).update(content).digest();
const [first, second, third] = [macOf('first'), macOf('second'), macOf('third')];
const stranger = macOf('stranger');

/** Returns a list that records which of its items were read. */
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
    ['of no key, next to one of the last key', [stranger, third], true],
    ['of the first key, next to one of no key', [first, stranger], true],
    ['that is missing', [], false],
  ])('%s', (_whose, signatures, fits) => expect(fitsAnyKey(content, keys, signatures)).toBe(fits));

  test('never fits without keys', () => {
    expect(fitsAnyKey(content, [], [first])).toBe(false);
    expect(fitsAnyKey(content, [], [])).toBe(false);
  });

  test('fits exactly when a key made one of the signatures', () => {
    const texts = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 5 });
    fc.assert(
      fc.property(texts, texts, (active, signed) => {
        const material = active.map((text) => createSecretKey(text, 'utf8'));
        expect(fitsAnyKey(content, material, signed.map(macOf))).toBe(active.some((text) => signed.includes(text)));
      }),
    );
  });

  test('never fits with another length, and does not throw', () => {
    const others = [Buffer.alloc(0), first.subarray(0, 31), Buffer.concat([first, Buffer.alloc(1)]), first.subarray(1)];
    for (const other of others) expect(fitsAnyKey(content, keys, [other])).toBe(false);
    expect(fitsAnyKey(content, keys, [...others, first])).toBe(true);
  });
});

test('findFittingKey returns the key that fits, and the first of equal keys', () => {
  for (const [at, mac] of [first, second, third].entries()) expect(findFittingKey(content, keys, [mac])).toBe(keys[at]);
  expect(findFittingKey(content, keys, [third, second])).toBe(keys[1]);
  const twins = [createSecretKey('first', 'utf8'), ...keys];
  expect(findFittingKey(content, twins, [first])).toBe(twins[0]);
  expect(findFittingKey(content, keys, [stranger])).toBeUndefined();
});

describe('the work', () => {
  test('covers every key and every signature, also after the first match', () => {
    for (const good of [first, second, third, stranger]) {
      const [material, signatures] = [watched<KeyObject>(keys), watched<Buffer>([good, stranger])];
      fitsAnyKey(content, material.list, signatures.list);
      expect(material.reads).toEqual([0, 1, 2]);
      expect(signatures.reads).toEqual([0, 1, 0, 1, 0, 1]);
    }
  });

  test('does not change the key: the next MAC is the same', () => {
    const [key = createSecretKey('', 'utf8')] = keys;
    expect(hmacSha256(key, content)).toEqual(first);
    expect(hmacSha256(key, content)).toEqual(first);
  });
});
