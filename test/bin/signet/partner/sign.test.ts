// `signet sign`: each form of a signed request, used as its reader uses it.
import { execFile } from 'node:child_process';
import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { createConnection } from 'node:net';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { INBOUND_PROFILES, type InboundProfileId } from '../../../../lib/protocol/profiles/profiles.ts';
import { NONCE, NOW_MS, runInProcess } from '../fake-terminal.ts';
import { temporaryFile } from '../temporary-file.ts';
import { KEY_ID, SECRET, startVerifyingServer } from './verifying-server.ts';

const environment = { SIGNET_SECRET: SECRET };
const sign = (profile: string, url: string, words: readonly string[]) =>
  runInProcess(['sign', '--profile', profile, '--key-id', KEY_ID, '--url', url, ...words], { environment });

const HARD_BODIES: Readonly<Record<string, string | Uint8Array>> = {
  'quotes of all kinds': `{"a":"it's \\"\`$HOME\` !! \\\\"}`,
  'line breaks': '{\n  "a":\t"b"\r\n}\n',
  'other scripts': '{"name":"Zoë 🦊 \u2028"}',
  'NUL and bytes that are not text': Uint8Array.from({ length: 256 }, (_, byte) => byte),
  'an at sign first': '@{"a":1}',
};

async function runInShell(command: string): Promise<string> {
  const { stdout } = await promisify(execFile)('bash', ['-c', `${command.trim()} -sS`], { timeout: 15_000 });
  return stdout;
}

const hasCurl = await promisify(execFile)('curl', ['--version']).then(
  () => true,
  () => false,
);

describe.skipIf(!hasCurl)(`prints a curl command line${hasCurl ? '' : ' (skipped: it needs curl)'}`, () => {
  test.each(INBOUND_PROFILES)('with which each body arrives as it was signed: %s', async (profile) => {
    await using server = await startVerifyingServer(profile);
    for (const body of Object.values(HARD_BODIES)) {
      const file = temporaryFile(body, { name: "it's a body.json" });
      const { out } = await sign(profile, `${server.origin}/a/b?x=[1]&y={2}`, ['--as', 'curl', '--body-file', file]);
      expect(await runInShell(out)).toContain('204 No Content');
      expect(server.seen.at(-1)).toEqual({ verdict: 'good', body: Buffer.from(body) });
    }
  });

  test('with which a body given as text arrives, with its quotes', async () => {
    await using server = await startVerifyingServer('nitro');
    for (const body of [HARD_BODIES['quotes of all kinds'], HARD_BODIES['line breaks']].map(String)) {
      const { out } = await sign('nitro', `${server.origin}/a`, ['--as', 'curl', '--body', body]);
      await runInShell(out);
      expect(server.seen.at(-1)).toEqual({ verdict: 'good', body: Buffer.from(body) });
    }
  });

  test('with which a request without a body verifies', async () => {
    await using server = await startVerifyingServer('rfc9421');
    await runInShell((await sign('rfc9421', `${server.origin}/a?`, ['--as', 'curl'])).out);
    await runInShell((await sign('rfc9421', `${server.origin}/a#there`, ['--as', 'curl', '--method', 'delete'])).out);
    expect(server.seen.map(({ verdict }) => verdict)).toEqual(['good', 'good']);
  });
});

test('refuses a body that to curl is the name of a file', async () => {
  const { code, err } = await sign('nitro', 'http://h/a', ['--as', 'curl', '--body', '@/etc/hostname']);
  expect([code, err]).toEqual([2, expect.stringContaining('Use --body-file')]);
});

describe('prints raw HTTP', () => {
  test.each(INBOUND_PROFILES)('with which each body arrives as it was signed: %s', async (profile) => {
    await using server = await startVerifyingServer(profile);
    for (const body of [...Object.values(HARD_BODIES), '']) {
      const { bytes } = await sign(profile, `${server.origin}/a/b?x=1`, [
        '--as',
        'http',
        '--body-file',
        temporaryFile(body),
      ]);
      expect(await exchange(server.port, bytes)).toMatch(/^HTTP\/1\.1 204 /);
      expect(server.seen.at(-1)).toEqual({ verdict: 'good', body: Buffer.from(body) });
    }
  });

  test('signed with an Ed25519 key', async () => {
    const { privateKey } = generateKeyPairSync('ed25519', {
      privateKeyEncoding: { format: 'pem', type: 'pkcs8' },
      publicKeyEncoding: { format: 'pem', type: 'spki' },
    });
    await using server = await startVerifyingServer('rfc9421', createPublicKey(privateKey));
    const words = ['--as', 'http', '--body', '{}', '--private-key', temporaryFile(privateKey)];
    const { bytes, err } = await sign('rfc9421', `${server.origin}/a`, words);
    await exchange(server.port, bytes);
    expect([server.seen.at(-1)?.verdict, err]).toEqual(['good', '']);
  });
});

function exchange(port: number, request: Uint8Array): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ port, host: '127.0.0.1' }, () => socket.write(request));
    socket.once('error', reject);
    socket.once('data', (bytes) => {
      socket.destroy();
      resolve(bytes.toString('latin1'));
    });
  });
}

describe('prints', () => {
  test('the same bytes for the same --at and --nonce, in every form and profile', async () => {
    for (const profile of INBOUND_PROFILES)
      for (const words of [['--as', 'headers'], ['--as', 'curl'], ['--as', 'http'], ['--json']]) {
        const fixed = [...words, '--body', '{}', '--at', '1800000000', '--nonce', NONCE];
        const [one, other] = await Promise.all([1, 2].map(() => sign(profile, 'https://h.example/a', fixed)));
        expect(one).toEqual(other);
        const later = await sign(profile, 'https://h.example/a', fixed.with(fixed.indexOf('1800000000'), '1800000001'));
        expect(later.out).not.toBe(one?.out);
      }
  });

  test('all headers that must be sent, and the signed bytes', async () => {
    const { out } = await sign('link-peeler', 'https://h.example/a?b=1', ['--body', '{"a":1}']);
    expect(out).toMatch(/^POST https:\/\/h\.example\/a\?b=1\ncontent-type: application\/json\nx-link-peeler-key: /);
    expect(out).toMatch(
      /\n\nsigned: \d+ bytes, sha256\s[0-9a-f]{64}\n1800000000\.nonce-0123456789-abcdef\.\{"a":1\}\n$/,
    );
  });

  test('the request as JSON, with a body that is not text in base64', async () => {
    const binary = temporaryFile(HARD_BODIES['NUL and bytes that are not text'] as Uint8Array);
    const text = JSON.parse((await sign('nitro', 'http://h/a', ['--json', '--body', 'é'])).out);
    expect(text).toMatchObject({ profile: 'nitro', method: 'POST', url: 'http://h/a', body: 'é' });
    expect(text.signed).toMatchObject({ text: `${NOW_MS}\\xc3\\xa9`, bytes: 15 });
    const bytes = JSON.parse((await sign('nitro', 'http://h/a', ['--json', '--body-file', binary])).out);
    expect(Buffer.from(bytes.bodyBase64, 'base64')).toHaveLength(256);
  });

  test('a request whose body comes from standard input', async () => {
    const words = [
      'sign',
      '--profile',
      'nitro',
      '--key-id',
      KEY_ID,
      '--url',
      'http://h/',
      '--body-file',
      '-',
      '--json',
    ];
    const { out } = await runInProcess(words, { environment, stdin: '{"in":1}\n' });
    expect(JSON.parse(out).body).toBe('{"in":1}\n');
  });
});

test('prints what explain accepts, for any body', async () => {
  const profiles = fc.constantFrom<InboundProfileId>(...INBOUND_PROFILES);
  await fc.assert(
    fc.asyncProperty(profiles, fc.uint8Array({ maxLength: 60 }), async (profile, body) => {
      const words = ['sign', '--profile', profile, '--key-id', KEY_ID, '--url', 'http://h.example/a', '--as', 'http'];
      const signed = await runInProcess([...words, '--body-file', '-'], { environment, stdin: body });
      const explained = await runInProcess(['explain', '-'], { environment, stdin: signed.bytes });
      expect(explained).toMatchObject({
        code: 0,
        out: expect.stringContaining(`The signature holds: ${profile}, key`),
      });
    }),
  );
});
