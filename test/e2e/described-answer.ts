// An answer of a running relay, held to the description of the API.
import { expectDescribed } from '../relay/described-answers.ts';

interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** @throws Error for an answer of ours that the description does not have. */
export function holdToDescription(method: string, url: string | URL, answer: Answered): void {
  if (!isGatewaysOwn(answer)) expectDescribed({ method, path: new URL(url).pathname }, answer);
}

/** An answer as `curl -i` prints it. */
export function readPrinted(printed: string): Answered {
  const [head = '', text = ''] = printed.split(/\r\n\r\n(.*)/s);
  const [statusLine = '', ...lines] = head.split('\r\n');
  const headers = lines
    .map((line) => line.split(/: (.*)/s))
    .map(([name = '', value = '']) => [name.toLowerCase(), value]);
  return { status: Number(statusLine.split(' ')[1]), headers: Object.fromEntries(headers), text };
}

/** What the gateway says itself when a function could not answer: not ours to describe. */
function isGatewaysOwn({ status, text }: Answered): boolean {
  return status >= 500 && /^\{"message":"[^"]*"\}$/.test(text);
}
