// Names of imported secrets. The adapters and the template read them, so each function can read exactly its secrets.

/** Returns the prefix of all imported secrets of one stage and direction. */
export function importedSecretPrefix(stage: string, direction: 'inbound' | 'outbound'): string {
  return `signet/${stage}/imported/${direction}/`;
}
