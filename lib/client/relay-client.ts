// The relay as a partner's program calls it.

import type { RawAnswer } from '../api/relay-answer.ts';
import { ROUTES } from '../api/routes.ts';
import type {
  AuthCheck,
  BatchItem,
  BatchResponse,
  JobState,
  JobView,
  LinkSubmission,
  ProblemDocument,
  QuotaView,
  TimelineEvent,
  TimelineResponse,
} from '../protocol/messages.ts';
import { type ClientPorts, MACHINE } from './client-ports.ts';
import { type EndedJob, hasEnded } from './ended-job.ts';
import { isOfType } from './read-answer.ts';
import { RelayError, StillPending } from './relay-error.ts';
import { type Call, type CallSettings, callRelay } from './signed-call.ts';
import { type Credentials, createSigner } from './signer.ts';

export type RelayClientOptions = Credentials & {
  /** Of the relay's API: scheme and host, nothing behind. */
  readonly baseUrl: string;
  /** For one attempt. @default 10 seconds */
  readonly attemptTimeoutMs?: number | undefined;
  /** For one call with all its attempts. @default one minute */
  readonly callTimeoutMs?: number | undefined;
  /** Clock, randomness and fetch of another machine, for tests. */
  readonly ports?: Partial<ClientPorts> | undefined;
};

export interface CallOptions {
  /** Ends the call with its own reason. */
  readonly signal?: AbortSignal | undefined;
}

export interface WaitOptions extends CallOptions {
  /** @default five minutes */
  readonly timeoutMs?: number | undefined;
}

interface LookOptions {
  readonly endsAt: number;
  readonly signal: AbortSignal | undefined;
}

const DAY_MS = 86_400_000;

/** What the relay said to a submission. */
export interface Submitted {
  readonly job: JobView;
  /** True when the relay had this idempotency key already, also from an attempt of this very call whose answer was lost. */
  readonly replayed: boolean;
}

/** Why one submission of a batch was not taken. `problem.retryable` says whether it may be handed in again as it is. */
export interface Refused {
  readonly problem: ProblemDocument;
}

/** Which jobs to list; all of them where it says nothing. */
export interface ListFilter {
  readonly state?: JobState | undefined;
  readonly idempotencyKey?: string | undefined;
  /** Made then or later. */
  readonly since?: Date | undefined;
}

/** Some of the jobs, newest first. With a `cursor` there may be more, also where this page is empty. */
export interface JobPage {
  readonly jobs: readonly JobView[];
  readonly cursor?: string | undefined;
}

/**
 * Signs every attempt anew, with a fresh time and one-time value, and repeats what the relay says may be repeated: the
 * idempotency key stays the same, so a repeat is harmless. Every method throws `RelayError` for a refusal.
 */
export class RelayClient {
  readonly #settings: CallSettings;

  /** @throws Error when an option is not of its form. */
  constructor(options: RelayClientOptions) {
    if (typeof options !== 'object' || options === null)
      throw new Error('Give at least baseUrl, profile, keyId, and secret or privateKey.');
    const { baseUrl, attemptTimeoutMs = 10_000, callTimeoutMs = 60_000 } = options;
    if (!isOrigin(baseUrl)) throw new Error('baseUrl is scheme and host alone, as in https://relay.example.');
    if (![attemptTimeoutMs, callTimeoutMs].every((ms) => Number.isFinite(ms) && ms > 0 && ms <= DAY_MS))
      throw new Error('A timeout is a number of milliseconds, more than 0 and no more than a day.');
    const ports = { ...MACHINE, ...options.ports };
    const signer = createSigner(options);
    this.#settings = { baseUrl, signer, ports, attemptTimeoutMs, callTimeoutMs, clockOffset: { ms: 0 } };
  }

  /** Hands in one link. Safe to repeat with the same `idempotencyKey`, also after a crash. */
  async submit(submission: LinkSubmission, options: CallOptions = {}): Promise<Submitted> {
    const answer = await this.#call({ ...options, ...at('submitLink'), body: submission });
    return { job: JSON.parse(answer.text), replayed: answer.status === 200 };
  }

  /**
   * Hands in up to 100 links in one request, and gives what became of each, in order: one that is refused does not harm the
   * others. Safe to repeat as a whole or in part, as a single submission is.
   */
  async batch(submissions: readonly LinkSubmission[], options: CallOptions = {}): Promise<(Submitted | Refused)[]> {
    const answer = await this.#call({ ...options, ...at('submitBatch'), body: { jobs: submissions } });
    const { items } = JSON.parse(answer.text) as BatchResponse;
    const outcomes = Array.isArray(items) ? items.flatMap(readItem) : [];
    if (outcomes.length !== submissions.length) throw notOurs(answer);
    return outcomes;
  }

  /** The job as it stands. */
  async get(jobId: string, options: CallOptions = {}): Promise<JobView> {
    return JSON.parse((await this.#call({ ...options, ...at('getLink', { jobId }) })).text);
  }

  /** Ends a job that has not ended, whether an agent is at work on it or not. Canceling twice is one cancel. */
  async cancel(jobId: string, options: CallOptions = {}): Promise<JobView> {
    return JSON.parse((await this.#call({ ...options, ...at('cancelLink'), body: { jobId } })).text);
  }

  /** Jobs, newest first: one request for each page, and only for as many as are read. */
  async *list(filter: ListFilter = {}, options: CallOptions = {}): AsyncGenerator<JobView, void, undefined> {
    let page: JobPage = { jobs: [] };
    do {
      page = await this.listPage({ ...filter, cursor: page.cursor }, options);
      yield* page.jobs;
    } while (page.cursor !== undefined);
  }

  /** One page, and with the `cursor` of that page the next. */
  async listPage(filter: ListFilter & { readonly cursor?: string | undefined } = {}, options: CallOptions = {}) {
    const query = writeQuery({ ...filter, since: writeTime(filter.since) });
    return JSON.parse((await this.#call({ ...options, ...at('listLinks'), query })).text) as JobPage;
  }

  /** The evidence of a completed job: a compact JWS, exactly as the agent signed it. */
  async evidence(jobId: string, options: CallOptions = {}): Promise<string> {
    return (await this.#call({ ...options, ...at('getEvidence', { jobId }) }, 'jose')).text;
  }

  /** What happened to a job, as far as the relay keeps it. */
  async timeline(jobId: string, options: CallOptions = {}): Promise<readonly TimelineEvent[]> {
    const answer = await this.#call({ ...options, ...at('getTimeline', { jobId }) });
    return (JSON.parse(answer.text) as TimelineResponse).events;
  }

  /** What your account may submit in this month and in this minute, and what of it is used. Takes nothing. */
  async quota(options: CallOptions = {}): Promise<QuotaView> {
    return JSON.parse((await this.#call({ ...options, ...at('getQuota') })).text);
  }

  /** How the relay understood a signed request of yours: key, clock, and the bytes that it signs. Makes nothing. */
  async checkAuth(options: CallOptions = {}): Promise<AuthCheck> {
    return JSON.parse((await this.#call({ ...options, ...at('checkAuth'), body: {} })).text);
  }

  /**
   * Looks again, ever less often, until the job has ended: read its `state`. What may be repeated does not end the wait.
   * Webhooks are cheaper.
   * @throws StillPending when the time is up first; RelayError when the relay will not show the job.
   */
  async waitForResult(jobId: string, { timeoutMs = 300_000, signal }: WaitOptions = {}): Promise<EndedJob> {
    if (typeof timeoutMs !== 'number' || Number.isNaN(timeoutMs))
      throw new Error('timeoutMs is a number of milliseconds.');
    const { clock, random, pause } = this.#settings.ports;
    const endsAt = clock() + timeoutMs;
    for (let looks = 0; ; looks += 1) {
      const job = await this.#look(jobId, { endsAt, signal });
      if (!(job instanceof RelayError) && hasEnded(job)) return job;
      const leftMs = endsAt - clock();
      if (leftMs <= 0)
        throw new StillPending(
          jobId,
          timeoutMs,
          job instanceof RelayError ? { cause: job } : { pendingReason: job.pendingReason },
        );
      const waitMs = Math.min(10_000, 500 * 1.5 ** looks) * (0.75 + random() / 2);
      await pause(Math.min(waitMs, leftMs), signal);
    }
  }

  /** The job, or why it could not be read this time. A look that has begun may take as long as one attempt. */
  async #look(jobId: string, { endsAt, signal }: LookOptions): Promise<JobView | RelayError> {
    const { ports, attemptTimeoutMs } = this.#settings;
    const timeoutMs = Math.max(attemptTimeoutMs, endsAt - ports.clock());
    try {
      const { text } = await this.#call({ ...at('getLink', { jobId }), signal, timeoutMs });
      return JSON.parse(text);
    } catch (error) {
      if (error instanceof RelayError && error.retryable) return error;
      throw error;
    }
  }

  /** An answer whose text is what its type says. */
  async #call(call: Call, type: 'json' | 'jose' = 'json'): Promise<RawAnswer> {
    const answer = await callRelay(this.#settings, call);
    if (isOfType(answer, type)) return answer;
    throw notOurs(answer);
  }
}

function readItem({ status, job, problem }: BatchItem): (Submitted | Refused)[] {
  if (job) return [{ job, replayed: status === 200 }];
  return problem ? [{ problem }] : [];
}

function notOurs({ status }: RawAnswer): RelayError {
  const detail = 'the answer is not from the relay itself';
  return new RelayError({ code: `http_${status}`, detail, retryable: false, status });
}

/** Scheme and host, with a slash or without. */
function isOrigin(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, host, href } = new URL(text);
  return /^https?:$/.test(protocol) && href === `${protocol}//${host}/`;
}

/** As a URL keeps it to the letter: what is signed is what is sent. A URL writes `'` in its own way, so that is written first. */
function writeQuery(parameters: Readonly<Record<string, string | undefined>>): string {
  const given = Object.entries(parameters).flatMap(([name, text]) =>
    text === undefined ? [] : [[name, text] as const],
  );
  return given.map(([name, text]) => `${name}=${encodeURIComponent(text).replaceAll("'", '%27')}`).join('&');
}

/** Asked of the form: a test's realm, or a frame, has a `Date` of its own. */
function writeTime(since: Date | undefined): string | undefined {
  if (since === undefined) return undefined;
  if (Object.prototype.toString.call(since) !== '[object Date]' || Number.isNaN(since.getTime()))
    throw new Error('since is a Date, and one that is a time.');
  return since.toISOString();
}

/** DELETE is left to those who write requests by hand: the POST says the same under every profile. */
type RouteName = Exclude<keyof typeof ROUTES, 'deleteLink'>;

/** @throws Error when a parameter could not stand in a path. */
function at(name: RouteName, parameters: Readonly<Record<string, string>> = {}): Pick<Call, 'method' | 'path'> {
  const { method, path } = ROUTES[name];
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, parameter: string) => {
    const text = parameters[parameter] ?? '';
    if (typeof text !== 'string' || !/^[A-Za-z0-9_-]{1,128}$/.test(text))
      throw new Error(`This is no ${parameter}: ${JSON.stringify(text)}`);
    return text;
  });
  return { method, path: filled };
}
