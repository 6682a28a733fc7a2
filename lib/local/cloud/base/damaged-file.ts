// The error for a stored file that can no longer be read: it names the file and says what to do.

/** Returns the error. `fault` completes the sentence that starts with the file's name, such as `is not JSON`. */
export function damagedFile(file: string, fault: string, cause?: unknown): Error {
  return new Error(`${file} ${fault}. Remove the data directory to start over.`, { cause });
}
