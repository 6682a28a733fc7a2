// Reads vector files. They have Wycheproof's shape, with a legend that says which mistake each flag detects.
import { readdirSync, readFileSync } from 'node:fs';

/** One test vector. */
export interface Vector<Input> {
  readonly id: number;
  readonly comment: string;
  readonly flags: readonly string[];
  readonly input: Input;
  readonly result: 'valid' | 'invalid';
  /** The problem code of an invalid vector, when our code has one for it. */
  readonly problem?: string;
}

/** A vector file. */
export interface VectorFile<Input> {
  /** The origin of the values. */
  readonly source: string;
  readonly legend: Readonly<Record<string, string>>;
  readonly tests: readonly Vector<Input>[];
}

const folder = new URL('.', import.meta.url);

export const VECTOR_FILES = readdirSync(folder).filter((name) => name.endsWith('.json'));

/** Returns the vectors of a file. The caller names the type of the inputs; `vector-files.test.ts` checks the other fields. */
export function readVectors<Input, More = unknown>(name: string): VectorFile<Input> & More {
  return JSON.parse(readFileSync(new URL(name, folder), 'utf8'));
}
