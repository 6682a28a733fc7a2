// SQS's bill, and the way around two habits of the emulator: long polls and queue URLs.
import { type ChangeSignal, createChangeSignal } from '../base/change-signal.ts';
import { chunks, type MeterIntake } from './meter.ts';
import type { Exchange, Forward, ProxiedRequest, ProxiedResponse } from './metering-proxy.ts';

const CHUNK_BYTES = 64 * 1024;
/** A delay or a visibility timeout that ends is noticed within this time; what is sent, at once. */
const LONG_POLL_STEP_MS = 100;
/** After these a message may be there to receive. */
const ARRIVALS = /^(SendMessage|ChangeMessageVisibility)/;

interface Message {
  readonly Body?: string;
  readonly ReceiptHandle?: string;
}

interface Asked {
  readonly QueueUrl?: string;
  readonly WaitTimeSeconds?: number;
  readonly MessageBody?: string;
  readonly Entries?: readonly { readonly MessageBody?: string }[];
}

export interface SqsMeteringOptions {
  /**
   * fauxqs hands the next message to a long poll whose caller has gone, and hides it till its visibility timeout: so a
   * long poll is made of short ones, and what arrives for nobody is put back. Its queue URLs name a host that not every
   * machine resolves: they are made to lead here.
   */
  readonly isFauxqs: boolean;
  readonly putBack: (queueUrl: string, receiptHandle: string) => Promise<unknown>;
}

export function meterSqs(meter: MeterIntake, options: SqsMeteringOptions): Exchange {
  const arrivals = createChangeSignal();
  return async (request, forward) => {
    const asked = JSON.parse(request.body.toString() || '{}') as Asked;
    const isReceive = request.operation === 'ReceiveMessage';
    const response =
      isReceive && options.isFauxqs
        ? await pollInSteps({ request, asked, forward, arrivals, putBack: options.putBack })
        : await forward(request.body, request.clientGone);
    if (ARRIVALS.test(request.operation)) arrivals.ring();
    if (isReceive) countReceive(meter, response);
    else meter.countCall('sqs', request.operation, chunks(sentBytes(asked), CHUNK_BYTES));
    return options.isFauxqs ? leadHere(request, response) : response;
  };
}

interface Poll {
  readonly request: ProxiedRequest;
  readonly asked: Asked;
  readonly forward: Forward;
  readonly arrivals: ChangeSignal;
  readonly putBack: SqsMeteringOptions['putBack'];
}

async function pollInSteps({ request, asked, forward, arrivals, putBack }: Poll): Promise<ProxiedResponse> {
  const deadline = performance.now() + (asked.WaitTimeSeconds ?? 0) * 1000;
  const shortPoll = JSON.stringify({ ...asked, WaitTimeSeconds: 0 });
  const isOver = () => performance.now() >= deadline || request.clientGone.aborted;
  for (;;) {
    const seen = arrivals.count;
    const response = await forward(shortPoll);
    const messages = response.status === 200 ? receivedMessages(response) : [];
    if (request.clientGone.aborted) {
      await Promise.all(messages.map((message) => putBack(asked.QueueUrl ?? '', message.ReceiptHandle ?? '')));
    }
    if (response.status !== 200 || messages.length > 0 || isOver()) return response;
    await arrivals.wait(seen, LONG_POLL_STEP_MS, request.clientGone);
    if (request.clientGone.aborted) return response;
  }
}

/** Only these answers hold queue URLs; a message's body is never touched. */
function leadHere({ operation, host }: ProxiedRequest, response: ProxiedResponse): ProxiedResponse {
  if (!['CreateQueue', 'GetQueueUrl', 'ListQueues', 'ListDeadLetterSourceQueues'].includes(operation)) return response;
  const body = response.body.toString().replaceAll(/http:\/\/sqs\.[^/]+\//g, `http://${host}/`);
  return { ...response, body: Buffer.from(body) };
}

function countReceive(meter: MeterIntake, response: ProxiedResponse): void {
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

function sentBytes(asked: Asked): number {
  return [asked, ...(asked.Entries ?? [])].reduce((sum, entry) => sum + Buffer.byteLength(entry.MessageBody ?? ''), 0);
}
