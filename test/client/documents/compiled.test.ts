// The type checker over the README's code and over what must not compile, as a strict project of a partner's would have it.
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

/** To know that errors would be seen: a wrong call, and an expectation of an error where there is none. */
const WRONG = `import { createSigner } from 'signet-relay/client';
createSigner({ profile: 'nitro', keyId: 'acme', privateKey: '' });
// @ts-expect-error there is none
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

/** One line for each finding of the compiler. */
function compile(): string[] {
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
  try {
    execFileSync(process.execPath, [tsc, '--project', folder, '--pretty', 'false'], { encoding: 'utf8', cwd: folder });
    return [];
  } catch (error) {
    return (error as { stdout: string }).stdout.split('\n').filter((line) => /error TS\d+/.test(line));
  }
}

test('the README has code', () => {
  expect(ALL_CODE.length).toBeGreaterThanOrEqual(4);
});

test('the README’s code and the table of types compile, and errors would be seen', () => {
  const [one = '', two = '', ...others] = findings;
  expect(others).toEqual([]);
  expect(one).toMatch(/wrong\.ts\(2,\d+\): error TS\d+/);
  expect(two).toMatch(/wrong\.ts\(3,1\): error TS2578/);
});
