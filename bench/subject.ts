// What is measured: a verifier together with its own signed messages.

interface Message {
  readonly body: Buffer;
}

/** Throws when it does not accept the message. */
type Verify<M> = (message: M) => unknown;

export interface Subject {
  readonly name: string;
  readonly messages: number;
  /** Verifies every message once. */
  verifyAll(): void | Promise<void>;
  /** @throws Error when it refuses a message, or still accepts one whose body was changed. */
  prove(): Promise<void>;
}

export function makeSubject<M extends Message>(name: string, messages: readonly M[], verify: Verify<M>): Subject {
  return {
    name,
    messages: messages.length,
    verifyAll() {
      for (const message of messages) verify(message);
    },
    prove: () => prove(name, messages, verify),
  };
}

/** Each message waits for the one before it, as in a handler. */
export function makeAsyncSubject<M extends Message>(
  name: string,
  messages: readonly M[],
  verify: (message: M) => Promise<unknown>,
): Subject {
  return {
    ...makeSubject(name, messages, verify),
    async verifyAll() {
      for (const message of messages) await verify(message);
    },
  };
}

async function prove<M extends Message>(name: string, messages: readonly M[], verify: Verify<M>): Promise<void> {
  for (const message of messages) {
    await verify(message);
    if (await accepts(verify, { ...message, body: changed(message.body) }))
      throw new Error(`${name} accepts a body that was changed.`);
  }
}

async function accepts<M>(verify: Verify<M>, message: M): Promise<boolean> {
  try {
    await verify(message);
    return true;
  } catch {
    return false;
  }
}

/** Still JSON, so that only the signature can tell. */
function changed(body: Buffer): Buffer {
  return Buffer.from(body.toString('utf8').replace('"newsletter"', '"newspapers"'));
}
