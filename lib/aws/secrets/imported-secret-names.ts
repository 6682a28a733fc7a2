// What imported secrets are named. Adapters and template read this, so that a function may read what it is given, and no more.

/** Everything under it belongs to one stage and direction. */
export function importedSecretPrefix(stage: string, direction: 'inbound' | 'outbound'): string {
  return `signet/${stage}/imported/${direction}/`;
}
