// What a command prints: one object for programs, lines for people, and perhaps a secret that is shown once.
import type { Secret } from '../../../lib/protocol/secret.ts';

export interface View {
  /** Never holds the secret. */
  readonly json: object;
  /** Returns the lines for a terminal of that width. Untrusted text in them is escaped. */
  readonly lines: (columns: number) => readonly string[];
  /** A part could not be done now. The exit code then says so. */
  readonly isPartial?: boolean;
  readonly secret?: {
    /** Its name in JSON. */
    readonly name: 'secret' | 'token';
    readonly value: Secret;
    /** What the user should do with it. */
    readonly advice: string;
  };
}
