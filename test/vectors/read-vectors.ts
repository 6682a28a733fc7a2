// Reads a vector file: Wycheproof's shape, with a legend that says which mistake each flag hunts.
import { readdirSync, readFileSync } from 'node:fs';

export interface Vector<Input> {
  readonly id: number;
  readonly comment: string;
  readonly flags: readonly string[];
  readonly input: Input;
  readonly result: 'valid' | 'invalid';
  /** The problem code of an invalid one, where the code gives one. */
  readonly problem?: string;
}

export interface VectorFile<Input> {
  /** Where the values come from. */
  readonly source: string;
  readonly legend: Readonly<Record<string, string>>;
  readonly tests: readonly Vector<Input>[];
}

const folder = new URL('.', import.meta.url);

export const VECTOR_FILES = readdirSync(folder).filter((name) => name.endsWith('.json'));

/** The caller says what the inputs are; `vector-files.test.ts` checks the shape around them. */
export function readVectors<Input, More = unknown>(name: string): VectorFile<Input> & More {
  return JSON.parse(readFileSync(new URL(name, folder), 'utf8'));
}
