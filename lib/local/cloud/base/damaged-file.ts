// What is said of a kept file that cannot be read any more: which one it is, and the way out.

/** `fault` completes the sentence “the file …”: `is not JSON`. */
export function damagedFile(file: string, fault: string, cause?: unknown): Error {
  return new Error(`${file} ${fault}. Remove the data directory to start afresh.`, { cause });
}
