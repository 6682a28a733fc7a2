// What a command shows: one object for programs, lines for people, and perhaps a secret that is shown once.
import type { Secret } from '../../../lib/protocol/secret.ts';

export interface View {
  /** Never holds the secret. */
  readonly json: object;
  /** Untrusted text is printable already. */
  readonly lines: (columns: number) => readonly string[];
  /** Some of it could not be done now: the exit code says so. */
  readonly isPartial?: boolean;
  readonly secret?: {
    /** Its name in JSON. */
    readonly name: 'secret' | 'token';
    readonly value: Secret;
    /** What to do with it. */
    readonly advice: string;
  };
}
