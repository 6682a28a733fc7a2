// Subjects of the benchmark: a verifier with its own signed messages.

interface Message {
  readonly body: Buffer;
}

/** Verifies a message. @throws Error when it refuses it */
type Verify<M> = (message: M) => unknown;

/** A verifier that is measured. */
export interface Subject {
  readonly name: string;
  readonly messages: number;
  /** Verifies every message once. */
  verifyAll(): void | Promise<void>;
  /** Checks the verifier. @throws Error when it refuses a message, or accepts one whose body was changed */
  prove(): Promise<void>;
}

/** Returns a subject of a synchronous verifier. */
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

/** Returns a subject of an asynchronous verifier. It verifies one message after the other, as a handler does. */
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
      throw new Error(`${name} accepts a changed body.`);
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

/** Returns another body. It is still JSON, so that only the signature can reveal the change. */
function changed(body: Buffer): Buffer {
  return Buffer.from(body.toString('utf8').replace('"newsletter"', '"newspapers"'));
}
