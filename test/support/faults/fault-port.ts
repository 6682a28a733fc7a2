// A process with one fault: it dies at one of its calls to ports, or that call fails.
import { DependencyUnavailable } from '../../../lib/relay/model/ports.ts';
import { aroundCalls } from './around-calls.ts';

/** One fault of a process. */
export interface Fault {
  /** The number of the call at which it happens, from 1. */
  readonly call: number;
  /** `before`: the call does not take effect. `after`: it takes effect, but its answer is lost. */
  readonly moment: 'before' | 'after';
  /** `crash`: the process stops. `failure`: the call throws, and the process goes on. */
  readonly kind: 'crash' | 'failure';
  /** The cause of a failure. Its message is foreign text, which must not reach a caller. */
  readonly cause?: Error | undefined;
}

/** The ports of a process with a fault, and a record of its calls. */
export interface FaultyProcess<P> {
  readonly ports: P;
  /** The calls that were made, in order. */
  readonly calls: readonly string[];
  /** The calls that took effect, in order. */
  readonly effects: readonly string[];
  /** Resolves when the process dies. */
  readonly crashed: Promise<void>;
}

/** Returns ports that fail as `fault` says. Without a fault they only record the calls. */
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
    const faultHere = calls.push(name) === fault?.call ? fault : undefined;
    if (faultHere?.moment === 'before') return strike(faultHere);
    const result = await call();
    effects.push(name);
    if (faultHere) return strike(faultHere);
    return isDead ? NEVER : result;
  });
  return { ports, calls, effects, crashed };
}

const NEVER = new Promise<never>(() => {});

/** Returns every fault that a process with this number of calls can have. */
export function allFaults(calls: number): readonly Fault[] {
  return Array.from({ length: calls }, (_, index) => index + 1).flatMap((call) =>
    (['before', 'after'] as const).flatMap((moment) =>
      (['crash', 'failure'] as const).map((kind) => ({ call, moment, kind })),
    ),
  );
}
