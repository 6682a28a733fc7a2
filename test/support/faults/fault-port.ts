// A process with one fault: at one of the calls to its ports it dies, or the call fails. Every call is a possible one.
import { DependencyUnavailable } from '../../../lib/relay/model/ports.ts';
import { aroundCalls } from './around-calls.ts';

export interface Fault {
  /** At which call, counted from 1. */
  readonly call: number;
  /** Before the call has its effect, or after it: then the answer is lost. */
  readonly moment: 'before' | 'after';
  /** A process that crashes hears and does nothing any more. One whose call fails goes on. */
  readonly kind: 'crash' | 'failure';
  /** Of a failure. What a service says of itself may be anything. */
  readonly cause?: Error | undefined;
}

export interface FaultyProcess<P> {
  readonly ports: P;
  /** What was called, in order. */
  readonly calls: readonly string[];
  /** Those of them that had their effect. */
  readonly effects: readonly string[];
  /** Settles when the process dies. */
  readonly crashed: Promise<void>;
}

/** Without a fault it only counts. */
export function createFaultyProcess<P extends object>(whole: P, fault?: Fault): FaultyProcess<P> {
  const calls: string[] = [];
  const effects: string[] = [];
  const { promise: crashed, resolve: die } = Promise.withResolvers<void>();
  let isDead = false;
  const strike = ({ kind, cause = new Error('on purpose') }: Fault): Promise<never> => {
    if (kind === 'failure') return Promise.reject(new DependencyUnavailable('a port', { cause }));
    isDead = true;
    die();
    return NEVER;
  };
  const ports = aroundCalls(whole, async (name, call) => {
    if (isDead) return NEVER;
    const own = calls.push(name) === fault?.call ? fault : undefined;
    if (own?.moment === 'before') return strike(own);
    const result = await call();
    effects.push(name);
    if (own) return strike(own);
    return isDead ? NEVER : result;
  });
  return { ports, calls, effects, crashed };
}

const NEVER = new Promise<never>(() => {});

/** Every fault that a process with so many calls can have. */
export function allFaults(calls: number): readonly Fault[] {
  return Array.from({ length: calls }, (_, index) => index + 1).flatMap((call) =>
    (['before', 'after'] as const).flatMap((moment) =>
      (['crash', 'failure'] as const).map((kind) => ({ call, moment, kind })),
    ),
  );
}
