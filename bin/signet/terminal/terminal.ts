// The outside world of a command: streams, clock, environment. Made once, by main.
export interface Terminal {
  readonly out: (text: string | Uint8Array) => void;
  /** For people; programs read `out`. */
  readonly err: (text: string) => void;
  /** How wide the text for people may be. */
  readonly columns: number;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly nowMs: () => number;
  readonly nonce: () => string;
  readonly fetch: typeof fetch;
  readonly readStdin: () => Promise<Buffer>;
  /** Asks without echo; rejects with a UsageError when the user stops it. Undefined where nobody can be asked. */
  readonly askSecret?: ((question: string) => Promise<string>) | undefined;
}
