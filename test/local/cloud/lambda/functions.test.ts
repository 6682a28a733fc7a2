// Functions in their execution environments.
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startInstance } from '../../../../lib/local/cloud/lambda/function-instance.ts';
import { eventually, startFake, writeAssembly } from '../fake-assembly.ts';

const SPEC = {
  name: 'slow',
  logicalId: 'slow',
  path: 'Fake/App/slow',
  arn: 'arn:aws:lambda:us-east-1:000000000000:function:slow',
  handler: 'index.handler',
  exportName: 'handler',
  memoryMb: 128,
  concurrency: 1,
  variables: {},
} as const;

const handler = (body: string) => `export const handler = async (event, context) => { ${body} }`;

test('passes the event to the handler and returns its result', async () => {
  const cloud = await startFake({ functions: { echo: { code: handler('return { got: event };') } } });
  expect(await cloud.invoke('echo', { a: [1, null] })).toEqual({ got: { a: [1, null] } });
  await expect(cloud.invoke('missing', {})).rejects.toThrow(/no function called missing.*echo/);
});

test('passes exactly the environment of environmentOf to the process, and nothing of our own', async () => {
  process.env['SECRET_OF_OURS'] = 'x';
  const echo = { code: handler('return process.env;'), variables: { REGION: { Ref: 'AWS::Region' }, COUNT: 3 } };
  const cloud = await startFake({ functions: { echo } }, { environment: { echo: { EXTRA: 'more', COUNT: '4' } } });
  const seen = (await cloud.invoke('echo', {})) as Record<string, string>;
  expect(seen).toEqual(cloud.environmentOf('echo'));
  expect(seen).toMatchObject({
    REGION: 'us-east-1',
    COUNT: '4',
    EXTRA: 'more',
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: cloud.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: cloud.credentials.secretAccessKey,
    AWS_ENDPOINT_URL_DYNAMODB: cloud.endpoints.dynamodb,
    AWS_ENDPOINT_URL_SQS: cloud.endpoints.sqs,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: cloud.endpoints.secretsManager,
    AWS_LAMBDA_FUNCTION_NAME: 'echo',
  });
  expect(seen['SECRET_OF_OURS']).toBeUndefined();
});

test('counts how long each invocation ran, times its memory', async () => {
  const pause = { code: handler('await new Promise((end) => setTimeout(end, 40));'), properties: { MemorySize: 512 } };
  const broken = { code: handler('throw new Error("no");'), properties: { MemorySize: 1024 } };
  const cloud = await startFake({ functions: { pause, broken } });
  await cloud.invoke('pause', {});
  const once = cloud.meter.snapshot().gbSeconds['pause'] ?? 0;
  // At least 39 ms of half a GB: a timer may fire a little early. Lambda bills whole milliseconds.
  expect(once).toBeGreaterThanOrEqual(0.5 * 0.039);
  expect(once * 2_000).toBeCloseTo(Math.round(once * 2_000), 6);
  await cloud.invoke('pause', {});
  expect(cloud.meter.snapshot().gbSeconds['pause']).toBeGreaterThan(once);
  await expect(cloud.invoke('broken', {})).rejects.toThrow();
  expect(cloud.meter.snapshot().gbSeconds['broken']).toBeGreaterThan(0);
});

test('passes the same context as Lambda', async () => {
  const code = handler('return { ...context, remaining: context.getRemainingTimeInMillis() };');
  const cloud = await startFake({ functions: { echo: { code, properties: { Timeout: 10, MemorySize: 256 } } } });
  const context = (await cloud.invoke('echo', {})) as Record<string, unknown>;
  expect(context).toMatchObject({
    functionName: 'echo',
    functionVersion: '$LATEST',
    memoryLimitInMB: '256',
    invokedFunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:echo',
    awsRequestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
  });
  expect(context['remaining']).toBeGreaterThan(9_000);
  expect(context['remaining']).toBeLessThanOrEqual(10_000);
});

test('keeps an instance warm, and runs one event at a time in each', async () => {
  const code = `
    let running = 0, count = 0;
    const id = Math.random();
    export const handler = async () => {
      if (++running > 1) throw new Error('two at once');
      await new Promise((resolve) => setTimeout(resolve, 50));
      running--;
      return { id, count: ++count };
    };`;
  const cloud = await startFake({ functions: { slow: { code, properties: { ReservedConcurrentExecutions: 2 } } } });
  const answers = await Promise.all(Array.from({ length: 6 }, () => cloud.invoke('slow', {})));
  const instances = new Set((answers as { id: number }[]).map(({ id }) => id));
  expect(instances.size).toBe(2);
  expect(instances).toContain(((await cloud.invoke('slow', {})) as { id: number }).id);
});

test('ends a function at its time-out, and starts a new instance for the next event', async () => {
  const code = handler('if (event.hang) for (;;); return "well";');
  const cloud = await startFake({ functions: { slow: { code, properties: { Timeout: 1 } } } });
  await expect(cloud.invoke('slow', { hang: true })).rejects.toMatchObject({
    errorType: 'Sandbox.Timedout',
    message: 'Task timed out after 1.00 seconds',
  });
  expect(await cloud.invoke('slow', {})).toBe('well');
});

test.each([
  ['throws', 'throw new TypeError("bad");', 'TypeError', 'bad'],
  [
    'leaves a rejection unhandled',
    'Promise.reject(new Error("lost")); await new Promise(() => {});',
    'Runtime.UnhandledError',
    'lost',
  ],
  ['exits', 'process.exit(3);', 'Runtime.ExitError', 'exit status: 3'],
])('reports the failure when the handler %s, and continues', async (_what, body, errorType, message) => {
  const cloud = await startFake({ functions: { bad: { code: handler(`if (event.bad) { ${body} } return "well";`) } } });
  await expect(cloud.invoke('bad', { bad: true })).rejects.toMatchObject({ errorType, message });
  expect(await cloud.invoke('bad', {})).toBe('well');
});

test('reports why the module cannot be loaded', async () => {
  const cloud = await startFake({ functions: { broken: { code: 'throw new Error("no start");' } } });
  await expect(cloud.invoke('broken', {})).rejects.toThrow('no start');
  await expect(cloud.invoke('broken', {})).rejects.toThrow('no start');
});

test('forwards what the function prints, line by line, and its failures', async () => {
  const log: unknown[] = [];
  const code = handler('console.log("one\\ntwo"); console.error("three"); throw new Error("four");');
  const cloud = await startFake({ functions: { loud: { code } } }, { onLog: (entry) => log.push(entry) });
  await cloud.invoke('loud', {}).catch(() => {});
  await eventually(() => log.length >= 4 || undefined);
  expect(log).toEqual(
    expect.arrayContaining([
      { functionName: 'loud', stream: 'stdout', line: 'one' },
      { functionName: 'loud', stream: 'stdout', line: 'two' },
      { functionName: 'loud', stream: 'stderr', line: 'three' },
      { functionName: 'loud', stream: 'stderr', line: expect.stringContaining('Error: four') },
    ]),
  );
});

test('shifts the clock of all workers, including running ones, and nothing but the clock', async () => {
  const code = `
    const read = () => ({ now: Date.now(), made: new Date().getTime(), real: performance.timeOrigin + performance.now() });
    export const handler = async ({ waits }) => {
      const before = read();
      if (waits) console.log('waiting');
      while (waits && Math.abs(Date.now() - before.now) < 1e6) await new Promise((resolve) => setTimeout(resolve, 5));
      const day = new Date(2026, 0, 2);
      return { ...read(), isDate: day instanceof Date, same: day.constructor === Date, text: new Date(0).toISOString() };
    };`;
  const lines: string[] = [];
  const onLog = ({ line }: { readonly line: string }) => lines.push(line);
  const cloud = await startFake({ functions: { clock: { code, properties: { Timeout: 10 } } } }, { onLog });
  const running = cloud.invoke('clock', { waits: true });
  await eventually(() => lines.includes('waiting') || undefined);
  cloud.setClockOffset(3_600_000);
  type Reading = { now: number; made: number; real: number; isDate: boolean; same: boolean; text: string };
  for (const reading of [await running, await cloud.invoke('clock', {})] as Reading[]) {
    expect(reading.now - reading.real).toBeGreaterThan(3_599_000);
    expect(reading.now - reading.real).toBeLessThan(3_601_000);
    expect(Math.abs(reading.made - reading.now)).toBeLessThan(1_000);
    expect(reading).toMatchObject({ isDate: true, same: true, text: '1970-01-01T00:00:00.000Z' });
  }
  cloud.setClockOffset(0);
  const { now, real } = (await cloud.invoke('clock', {})) as Reading;
  expect(Math.abs(now - real)).toBeLessThan(1_000);
});

describe('a bundle that loads too slowly for the init phase', () => {
  const start = (code: string, timeoutMs: number) => {
    const modulePath = join(writeAssembly({ functions: { slow: { code } } }), 'asset.slow', 'index.mjs');
    const spec = { ...SPEC, modulePath, timeoutMs };
    const clockOffset = new SharedArrayBuffer(8);
    const instance = startInstance({ spec, environment: {}, clockOffset, onLine: () => {}, initPhaseMs: 0 });
    onTestFinished(() => instance.end());
    return instance;
  };

  test('gets the function’s time-out in addition, and then accepts its event', async () => {
    const instance = start(`await new Promise((resolve) => setTimeout(resolve, 20)); ${handler('return 1;')}`, 10_000);
    expect(await instance.invoke('{}', 'request-1')).toBe('1');
  });

  test('fails when that time is over too', async () => {
    const instance = start(`await new Promise((resolve) => setTimeout(resolve, 60_000)); ${handler('return 1;')}`, 1);
    await expect(instance.invoke('{}', 'request-1')).rejects.toMatchObject({ errorType: 'Sandbox.InitTimedout' });
    expect(instance.isAlive).toBe(false);
  });
});
