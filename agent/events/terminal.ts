// The outside world of a command: streams, clock, randomness and environment. Only `main` creates one.

/** The outside world of a command. */
export interface Terminal {
  readonly out: (text: string) => void;
  /** For people. Programs read `out`. */
  readonly err: (text: string) => void;
  readonly outIsTerminal: boolean;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  readonly nowMs: () => number;
  readonly monotonicMs: () => number;
  readonly random: () => number;
  readonly nonce: () => string;
  readonly pause: (ms: number) => Promise<void>;
  readonly schedule: (ms: number, callback: () => void) => () => void;
  /** Calls back at each SIGTERM and SIGINT. */
  readonly onStopSignal: (callback: () => void) => void;
}
