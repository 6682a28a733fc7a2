// The architecture of the real tree, and proof with made-up files that the check finds every violation.
import { globSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { findCycles, findViolations, findWideFolders, importsOf, ROOMS } from './rooms.ts';

const ROOT = new URL('../..', import.meta.url).pathname;
const files = globSync(['lib/**/*.ts', 'lambdas/**/*.ts', 'agent/**/*.ts', 'bin/**/*.ts'], { cwd: ROOT });
const tree = new Map(files.map((file) => [file.replaceAll('\\', '/'), readFileSync(`${ROOT}/${file}`, 'utf8')]));

describe('the real tree', () => {
  test('has a file in every room', () => {
    const empty = ROOMS.filter(({ path }) => ![...tree.keys()].some((file) => file.startsWith(path)));
    expect(empty.map(({ path }) => path)).toEqual([]);
  });

  test('has only imports that the rooms allow', () => {
    expect(findViolations(tree)).toEqual([]);
  });

  test('has no import cycle', () => {
    expect(findCycles(tree)).toEqual([]);
  });

  test('starts every file with a comment line that says what the file is', () => {
    const withoutHeader = [...tree].filter(([, source]) => !/^(#!.*\n)?\/\/ \S/.test(source));
    expect(withoutHeader.map(([file]) => file)).toEqual([]);
  });
});

describe('folders', () => {
  const SOURCES = ['agent', 'bench', 'bin', 'lambdas', 'lib', 'test'].map((folder) => `${folder}/**/*.*`);

  test('have at most 20 files', () => {
    const all = globSync(SOURCES, { cwd: ROOT, exclude: ['**/__pycache__'] }).map((file) => file.replaceAll('\\', '/'));
    expect(all.length).toBeGreaterThan(500);
    expect(findWideFolders(all)).toEqual([]);
  });

  test('are found when they have too many files', () => {
    const files = ['a.ts', 'b.ts', 'c.ts'].map((name) => `lib/x/${name}`);
    expect(findWideFolders(files, 2)).toEqual(['lib/x has 3 files; the limit is 2']);
    expect(findWideFolders(files, 3)).toEqual([]);
  });
});

describe('the check', () => {
  const forbidden: readonly (readonly [file: string, specifier: string])[] = [
    ['lib/protocol/a.ts', '../api/limits.ts'],
    ['lib/protocol/a.ts', 'node:http'],
    ['lib/protocol/a.ts', 'jose'],
    ['lib/api/a.ts', '../relay/model/records.ts'],
    ['lib/api/a.ts', 'node:fs'],
    ['lib/terminal/a.ts', '../api/problems.ts'],
    ['lib/terminal/a.ts', '../../bin/signet/partner/run.ts'],
    ['lib/net/a.ts', '../protocol/signatures/rfc9421.ts'],
    ['lib/relay/model/a.ts', '../../aws/table/dynamodb-table.ts'],
    ['lib/relay/model/a.ts', '../http/request-pipeline.ts'],
    ['lib/relay/http/a.ts', '../admission/admit-job.ts'],
    ['lib/relay/admission/a.ts', '../leasing/lease-jobs.ts'],
    ['lib/relay/leasing/a.ts', '../delivery/deliver-event.ts'],
    ['lib/relay/delivery/a.ts', '../http/json-body.ts'],
    ['lib/relay/jobs/a.ts', '../operator/outcome.ts'],
    ['lib/relay/admission/a.ts', '../../net/guarded-request.ts'],
    ['lib/relay/admission/a.ts', '@aws-sdk/client-sqs'],
    ['lib/relay/admission/a.ts', 'node:fs'],
    ['lib/aws/a.ts', '../infra/storage/table.ts'],
    ['lib/aws/a.ts', 'aws-cdk-lib'],
    ['lib/infra/a.ts', '../relay/admission/admit-job.ts'],
    ['lib/local/a.ts', 'aws-cdk-lib'],
    ['lib/local/a.ts', '../../lambdas/links.ts'],
    ['lib/local/a.ts', '../../agent/main.ts'],
    ['lib/local/cloud/a.ts', '../../api/limits.ts'],
    ['lib/local/cloud/a.ts', '../../terminal/layout.ts'],
    ['lib/relay/admission/a.ts', '../../terminal/layout.ts'],
    ['lib/client/a.ts', '../aws/clients.ts'],
    ['lib/client/a.ts', '@aws-sdk/client-dynamodb'],
    ['lambdas/a.ts', '../lib/local/main.ts'],
    ['agent/a.ts', '../lib/aws/clients.ts'],
    ['agent/a.ts', 'commander'],
    ['agent/a.ts', '../lib/relay/admission/admit-job.ts'],
    ['bin/relay.ts', '../lib/api/limits.ts'],
    ['bin/signet/partner/a.ts', '../operator/run-operator.ts'],
    ['bin/signet/partner/a.ts', '../../../lib/aws/clients.ts'],
    ['bin/signet-partner.ts', './signet/operator/run-operator.ts'],
    ['bin/signet/operator/a.ts', '@aws-sdk/client-sqs'],
    ['bin/signet/operator/a.ts', '../../../lib/local/start-relay.ts'],
  ];

  test.each(forbidden)('finds that %s imports %s', (file, specifier) => {
    const found = findViolations(new Map([[file, `import { x } from '${specifier}';\n`]]));
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(file);
  });

  test('finds a file that is in no room', () => {
    expect(findViolations(new Map([['lib/utils.ts', '']]))).toEqual(['lib/utils.ts is in no room']);
  });

  test('finds an import cycle', () => {
    const cycle = new Map([
      ['lib/relay/jobs/a.ts', "import './b.ts';"],
      ['lib/relay/jobs/b.ts', "export * from './a.ts';"],
    ]);
    expect(findCycles(cycle)).toEqual(['lib/relay/jobs/a.ts → lib/relay/jobs/b.ts → lib/relay/jobs/a.ts']);
  });

  test('reads every form of import, and ignores comments', () => {
    const source = `
      import a from './a.ts';
      import type { B } from "./b.ts";
      import './c.ts';
      export { d } from './d.ts';
      const e = await import('./e.ts');
      // import f from './f.ts';
      /* import g from './g.ts'; */
    `;
    expect(importsOf(source)).toEqual(['./a.ts', './b.ts', './c.ts', './d.ts', './e.ts']);
  });
});
