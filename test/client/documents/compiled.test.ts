// The type checker accepts the README's code and reports what must not compile, in a strict project like a partner's.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ALL_CODE, ROOT } from './readme-blocks.ts';

const CONFIG = {
  extends: join(ROOT, 'tsconfig.json'),
  compilerOptions: {
    typeRoots: [join(ROOT, 'node_modules/@types')],
    paths: { 'signet-relay/client': [join(ROOT, 'lib/client/index.ts')] },
    noUnusedLocals: true,
  },
  include: ['*.ts', join(ROOT, 'test/client/documents/types.ts')],
};

/** Code with two errors, to prove that errors are reported: a wrong call, and a superfluous `@ts-expect-error`. */
const WRONG = `import { createSigner } from 'signet-relay/client';
createSigner({ profile: 'nitro', keyId: 'acme', privateKey: '' });
// @ts-expect-error but this line has no error
createSigner({ profile: 'nitro', keyId: 'acme', secret: '' });
`;

let folder = '';
let findings: string[] = [];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'signet-client-types-'));
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(CONFIG));
  for (const [index, code] of ALL_CODE.entries()) writeFileSync(join(folder, `block-${index}.ts`), code);
  writeFileSync(join(folder, 'wrong.ts'), WRONG);
  findings = compile();
});

afterAll(() => rmSync(folder, { recursive: true }));

/** Returns the errors of the compiler, one line each. */
function compile(): string[] {
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
  try {
    execFileSync(process.execPath, [tsc, '--project', folder, '--pretty', 'false'], { encoding: 'utf8', cwd: folder });
    return [];
  } catch (error) {
    return (error as { stdout: string }).stdout.split('\n').filter((line) => /error TS\d+/.test(line));
  }
}

test('the README has at least four pieces of code', () => {
  expect(ALL_CODE.length).toBeGreaterThanOrEqual(4);
});

test('the README’s code and types.ts compile, and only the two deliberate errors are reported', () => {
  const [first = '', second = '', ...others] = findings;
  expect(others).toEqual([]);
  expect(first).toMatch(/wrong\.ts\(2,\d+\): error TS\d+/);
  expect(second).toMatch(/wrong\.ts\(3,1\): error TS2578/);
});
