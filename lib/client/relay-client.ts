// The client with which a partner's program calls the relay.

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
import { type ClientPorts, DEFAULT_PORTS } from './client-ports.ts';
import { type EndedJob, hasEnded } from './ended-job.ts';
import { isOfType } from './read-answer.ts';
import { RelayError, StillPending } from './relay-error.ts';
import { type Call, type CallSettings, callRelay } from './signed-call.ts';
import { type Credentials, createSigner } from './signer.ts';

/** What a client needs: the credentials of a key, and the address of the relay. */
export type RelayClientOptions = Credentials & {
  /** The address of the relay's API: a scheme and a host, without a path. */
  readonly baseUrl: string;
  /** The time limit of one attempt. @default 10 seconds */
  readonly attemptTimeoutMs?: number | undefined;
  /** The time limit of one call with all its attempts. @default one minute */
  readonly callTimeoutMs?: number | undefined;
  /** Another clock, randomness or `fetch`, for tests. */
  readonly ports?: Partial<ClientPorts> | undefined;
};

/** Options of every call. */
export interface CallOptions {
  /** Ends the call. The call then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Options of `waitForResult`. */
export interface WaitOptions extends CallOptions {
  /** The time limit of the whole wait. @default five minutes */
  readonly timeoutMs?: number | undefined;
}

interface PollOptions {
  readonly endsAt: number;
  readonly signal: AbortSignal | undefined;
}

const DAY_MS = 86_400_000;

/** The answer to an accepted submission. */
export interface Submitted {
  readonly job: JobView;
  /**
   * True when the relay already had this idempotency key. That includes an earlier attempt of the same call whose answer
   * was lost.
   */
  readonly replayed: boolean;
}

/** Why one submission of a batch was refused. `problem.retryable` says whether the same submission may succeed later. */
export interface Refused {
  readonly problem: ProblemDocument;
}

/** Which jobs to list. An empty filter lists all jobs. */
export interface ListFilter {
  readonly state?: JobState | undefined;
  readonly idempotencyKey?: string | undefined;
  /** Lists only jobs that were created at this time or later. */
  readonly since?: Date | undefined;
}

/** Some of the jobs, newest first. A `cursor` means that there may be more, even when this page is empty. */
export interface JobPage {
  readonly jobs: readonly JobView[];
  readonly cursor?: string | undefined;
}

/**
 * A client of one relay with one key. It signs every attempt again, with a new time and a new one-time value, and retries
 * what the relay calls retryable. A retry is harmless, because the idempotency key stays the same.
 * Every method throws `RelayError` when the relay refuses the call or cannot be reached.
 */
export class RelayClient {
  readonly #settings: CallSettings;

  /** @throws Error when an option is missing or invalid. */
  constructor(options: RelayClientOptions) {
    if (typeof options !== 'object' || options === null)
      throw new Error('Give at least baseUrl, profile, keyId, and secret or privateKey.');
    const { baseUrl, attemptTimeoutMs = 10_000, callTimeoutMs = 60_000 } = options;
    if (!isOrigin(baseUrl)) throw new Error('baseUrl must be a scheme and a host only, as in https://relay.example.');
    if (![attemptTimeoutMs, callTimeoutMs].every((ms) => Number.isFinite(ms) && ms > 0 && ms <= DAY_MS))
      throw new Error('A timeout must be a number of milliseconds, more than 0 and at most one day.');
    const ports = { ...DEFAULT_PORTS, ...options.ports };
    const signer = createSigner(options);
    this.#settings = { baseUrl, signer, ports, attemptTimeoutMs, callTimeoutMs, clockOffset: { ms: 0 } };
  }

  /** Submits one link. It is safe to repeat this with the same `idempotencyKey`, also after a crash. */
  async submit(submission: LinkSubmission, options: CallOptions = {}): Promise<Submitted> {
    const answer = await this.#call({ ...options, ...routeTo('submitLink'), body: submission });
    return { job: JSON.parse(answer.text), replayed: answer.status === 200 };
  }

  /**
   * Submits up to 100 links in one request, and returns the outcome of each, in order. A refused link does not affect the
   * others. It is safe to repeat the whole batch or a part of it.
   */
  async batch(submissions: readonly LinkSubmission[], options: CallOptions = {}): Promise<(Submitted | Refused)[]> {
    const answer = await this.#call({ ...options, ...routeTo('submitBatch'), body: { jobs: submissions } });
    const { items } = JSON.parse(answer.text) as BatchResponse;
    const outcomes = Array.isArray(items) ? items.flatMap(readItem) : [];
    if (outcomes.length !== submissions.length) throw foreignAnswer(answer);
    return outcomes;
  }

  /** Returns the job in its current state. */
  async get(jobId: string, options: CallOptions = {}): Promise<JobView> {
    return JSON.parse((await this.#call({ ...options, ...routeTo('getLink', { jobId }) })).text);
  }

  /** Cancels an open job, whether an agent has leased it or not. Canceling a canceled job has no effect. */
  async cancel(jobId: string, options: CallOptions = {}): Promise<JobView> {
    return JSON.parse((await this.#call({ ...options, ...routeTo('cancelLink'), body: { jobId } })).text);
  }

  /** Returns the jobs, newest first. It requests the next page only when the caller reads beyond the current one. */
  async *list(filter: ListFilter = {}, options: CallOptions = {}): AsyncGenerator<JobView, void, undefined> {
    let page: JobPage = { jobs: [] };
    do {
      page = await this.listPage({ ...filter, cursor: page.cursor }, options);
      yield* page.jobs;
    } while (page.cursor !== undefined);
  }

  /** Returns one page of jobs. Pass its `cursor` to get the next page. */
  async listPage(filter: ListFilter & { readonly cursor?: string | undefined } = {}, options: CallOptions = {}) {
    const query = writeQuery({ ...filter, since: writeTime(filter.since) });
    return JSON.parse((await this.#call({ ...options, ...routeTo('listLinks'), query })).text) as JobPage;
  }

  /** Returns the evidence of a completed job: the compact JWS that the agent signed. */
  async evidence(jobId: string, options: CallOptions = {}): Promise<string> {
    return (await this.#call({ ...options, ...routeTo('getEvidence', { jobId }) }, 'jose')).text;
  }

  /** Returns the recorded steps in the life of a job. */
  async timeline(jobId: string, options: CallOptions = {}): Promise<readonly TimelineEvent[]> {
    const answer = await this.#call({ ...options, ...routeTo('getTimeline', { jobId }) });
    return (JSON.parse(answer.text) as TimelineResponse).events;
  }

  /** Returns the account's quota for this month and this minute, and how much of it is used. It takes no unit. */
  async quota(options: CallOptions = {}): Promise<QuotaView> {
    return JSON.parse((await this.#call({ ...options, ...routeTo('getQuota') })).text);
  }

  /** Returns how the relay understood a signed request: its key, its clock and its signed content. It creates no job. */
  async checkAuth(options: CallOptions = {}): Promise<AuthCheck> {
    return JSON.parse((await this.#call({ ...options, ...routeTo('checkAuth'), body: {} })).text);
  }

  /**
   * Polls with growing intervals until the job has ended, and returns it; its `state` says how it ended. Retryable errors
   * do not end the wait. Webhooks are cheaper than this.
   * @throws StillPending when the time limit comes first; RelayError when the relay refuses to show the job.
   */
  async waitForResult(jobId: string, { timeoutMs = 300_000, signal }: WaitOptions = {}): Promise<EndedJob> {
    if (typeof timeoutMs !== 'number' || Number.isNaN(timeoutMs))
      throw new Error('timeoutMs must be a number of milliseconds.');
    const { clock, random, pause } = this.#settings.ports;
    const endsAt = clock() + timeoutMs;
    for (let polls = 0; ; polls += 1) {
      const job = await this.#poll(jobId, { endsAt, signal });
      if (!(job instanceof RelayError) && hasEnded(job)) return job;
      const leftMs = endsAt - clock();
      if (leftMs <= 0)
        throw new StillPending(
          jobId,
          timeoutMs,
          job instanceof RelayError ? { cause: job } : { pendingReason: job.pendingReason },
        );
      const waitMs = Math.min(10_000, 500 * 1.5 ** polls) * (0.75 + random() / 2);
      await pause(Math.min(waitMs, leftMs), signal);
    }
  }

  /** Returns the job, or the retryable error of this poll. A poll may always take as long as one attempt. */
  async #poll(jobId: string, { endsAt, signal }: PollOptions): Promise<JobView | RelayError> {
    const { ports, attemptTimeoutMs } = this.#settings;
    const timeoutMs = Math.max(attemptTimeoutMs, endsAt - ports.clock());
    try {
      const { text } = await this.#call({ ...routeTo('getLink', { jobId }), signal, timeoutMs });
      return JSON.parse(text);
    } catch (error) {
      if (error instanceof RelayError && error.retryable) return error;
      throw error;
    }
  }

  /** Returns an answer of the expected type. */
  async #call(call: Call, type: 'json' | 'jose' = 'json'): Promise<RawAnswer> {
    const answer = await callRelay(this.#settings, call);
    if (isOfType(answer, type)) return answer;
    throw foreignAnswer(answer);
  }
}

function readItem({ status, job, problem }: BatchItem): (Submitted | Refused)[] {
  if (job) return [{ job, replayed: status === 200 }];
  return problem ? [{ problem }] : [];
}

function foreignAnswer({ status }: RawAnswer): RelayError {
  const detail = 'the answer is not from the relay itself';
  return new RelayError({ code: `http_${status}`, detail, retryable: false, status });
}

/** Returns true for a scheme and a host, with or without a slash at the end. */
function isOrigin(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, host, href } = new URL(text);
  return /^https?:$/.test(protocol) && href === `${protocol}//${host}/`;
}

/**
 * Returns the query in the form that `URL` does not change, so that the signed query is the one that is sent.
 * `URL` would escape `'`, so this function escapes it first.
 */
function writeQuery(parameters: Readonly<Record<string, string | undefined>>): string {
  const present = Object.entries(parameters).flatMap(([name, text]) =>
    text === undefined ? [] : [[name, text] as const],
  );
  return present.map(([name, text]) => `${name}=${encodeURIComponent(text).replaceAll("'", '%27')}`).join('&');
}

/** Returns the time as RFC 3339. It does not use `instanceof`, because another realm has a `Date` of its own. */
function writeTime(since: Date | undefined): string | undefined {
  if (since === undefined) return undefined;
  if (Object.prototype.toString.call(since) !== '[object Date]' || Number.isNaN(since.getTime()))
    throw new Error('since must be a valid Date.');
  return since.toISOString();
}

/** The routes that the client uses. It cancels with POST in place of DELETE, because POST works under every profile. */
type RouteName = Exclude<keyof typeof ROUTES, 'deleteLink'>;

/** Returns method and path of a route. @throws Error when a parameter has characters that a path must not have. */
function routeTo(name: RouteName, parameters: Readonly<Record<string, string>> = {}): Pick<Call, 'method' | 'path'> {
  const { method, path } = ROUTES[name];
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, parameter: string) => {
    const text = parameters[parameter] ?? '';
    if (typeof text !== 'string' || !/^[A-Za-z0-9_-]{1,128}$/.test(text))
      throw new Error(`Not a valid ${parameter}: ${JSON.stringify(text)}`);
    return text;
  });
  return { method, path: filled };
}
