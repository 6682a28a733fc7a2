// The meter of SQS, and workarounds for two quirks of fauxqs: long polls and queue URLs.
import { type ChangeSignal, createChangeSignal } from '../base/change-signal.ts';
import { chunks, type WritableMeter } from './meter.ts';
import type { Exchange, Forward, ProxiedRequest, ProxiedResponse } from './metering-proxy.ts';

const CHUNK_BYTES = 64 * 1024;
/** The end of a delay or visibility timeout is noticed within this time. A sent message is noticed at once. */
const LONG_POLL_STEP_MS = 100;
/** After these operations a message may be visible. */
const ARRIVALS = /^(SendMessage|ChangeMessageVisibility)/;

interface Message {
  readonly Body?: string;
  readonly ReceiptHandle?: string;
}

interface RequestBody {
  readonly QueueUrl?: string;
  readonly WaitTimeSeconds?: number;
  readonly MessageBody?: string;
  readonly Entries?: readonly { readonly MessageBody?: string }[];
}

/** How to treat the emulator. */
export interface SqsMeteringOptions {
  /**
   * fauxqs gives the next message to a long poll whose caller has disconnected, and hides it until its visibility
   * timeout. So a long poll is split into short ones, and a message that nobody can receive is made visible again. The
   * host in its queue URLs does not resolve on every machine, so they are rewritten to this proxy.
   */
  readonly isFauxqs: boolean;
  readonly makeVisible: (queueUrl: string, receiptHandle: string) => Promise<unknown>;
}

/** Returns the exchange that meters SQS. */
export function meterSqs(meter: WritableMeter, options: SqsMeteringOptions): Exchange {
  const arrivals = createChangeSignal();
  return async (request, forward) => {
    const requestBody = JSON.parse(request.body.toString() || '{}') as RequestBody;
    const isReceive = request.operation === 'ReceiveMessage';
    const response =
      isReceive && options.isFauxqs
        ? await pollInSteps({ request, requestBody, forward, arrivals, makeVisible: options.makeVisible })
        : await forward(request.body, request.clientGone);
    if (ARRIVALS.test(request.operation)) arrivals.notify();
    if (isReceive) countReceive(meter, response);
    else meter.countCall('sqs', request.operation, chunks(sentBytes(requestBody), CHUNK_BYTES));
    return options.isFauxqs ? rewriteQueueUrls(request, response) : response;
  };
}

interface Poll {
  readonly request: ProxiedRequest;
  readonly requestBody: RequestBody;
  readonly forward: Forward;
  readonly arrivals: ChangeSignal;
  readonly makeVisible: SqsMeteringOptions['makeVisible'];
}

async function pollInSteps({ request, requestBody, forward, arrivals, makeVisible }: Poll): Promise<ProxiedResponse> {
  const deadline = performance.now() + (requestBody.WaitTimeSeconds ?? 0) * 1000;
  const shortPoll = JSON.stringify({ ...requestBody, WaitTimeSeconds: 0 });
  const isOver = () => performance.now() >= deadline || request.clientGone.aborted;
  for (;;) {
    const seen = arrivals.count;
    const response = await forward(shortPoll);
    const messages = response.status === 200 ? receivedMessages(response) : [];
    if (request.clientGone.aborted) {
      await Promise.all(
        messages.map((message) => makeVisible(requestBody.QueueUrl ?? '', message.ReceiptHandle ?? '')),
      );
    }
    if (response.status !== 200 || messages.length > 0 || isOver()) return response;
    await arrivals.wait(seen, LONG_POLL_STEP_MS, request.clientGone);
    if (request.clientGone.aborted) return response;
  }
}

/** Rewrites queue URLs in the answers that contain them. It never changes a message's body. */
function rewriteQueueUrls({ operation, host }: ProxiedRequest, response: ProxiedResponse): ProxiedResponse {
  if (!['CreateQueue', 'GetQueueUrl', 'ListQueues', 'ListDeadLetterSourceQueues'].includes(operation)) return response;
  const body = response.body.toString().replaceAll(/http:\/\/sqs\.[^/]+\//g, `http://${host}/`);
  return { ...response, body: Buffer.from(body) };
}

function countReceive(meter: WritableMeter, response: ProxiedResponse): void {
  const messages = response.status === 200 ? receivedMessages(response) : [];
  if (messages.length === 0) {
    meter.countEmptyReceive();
    return;
  }
  const bytes = messages.reduce((sum, message) => sum + Buffer.byteLength(message.Body ?? ''), 0);
  meter.countCall('sqs', 'ReceiveMessage', chunks(bytes, CHUNK_BYTES));
}

function receivedMessages(response: ProxiedResponse): readonly Message[] {
  return (JSON.parse(response.body.toString()) as { Messages?: Message[] }).Messages ?? [];
}

function sentBytes(requestBody: RequestBody): number {
  return [requestBody, ...(requestBody.Entries ?? [])].reduce(
    (sum, entry) => sum + Buffer.byteLength(entry.MessageBody ?? ''),
    0,
  );
}
