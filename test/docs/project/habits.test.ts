// The files that a public project has, and what each of them must say.
import { createHash } from 'node:crypto';
import { readdirSync, statSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { exists, ROOT, read } from './paths.ts';

describe('the project has', () => {
  const files = [
    'LICENSE',
    'NOTICE',
    'CONTRIBUTING.md',
    'SECURITY.md',
    'CHANGELOG.md',
    '.editorconfig',
    '.github/workflows/ci.yml',
    '.github/dependabot.yml',
    '.github/ISSUE_TEMPLATE/bug.yml',
    '.github/ISSUE_TEMPLATE/idea.yml',
    '.github/pull_request_template.md',
  ];

  it.each(files)('%s', (file) => {
    expect(exists(file)).toBe(true);
  });
});

describe('the licence', () => {
  it('is the text of Apache-2.0 as the Apache Software Foundation publishes it', () => {
    const sha256 = createHash('sha256').update(read('LICENSE')).digest('hex');
    expect(sha256).toBe('cfc7749b96f63bd31c3c42b5c471bf756814053e847c10f3eb003417bc523d30');
  });

  it('is the one that package.json names', () => {
    expect(JSON.parse(read('package.json')).license).toBe('Apache-2.0');
  });
});

describe('the changelog', () => {
  const { version } = JSON.parse(read('package.json'));
  const headings = [...read('CHANGELOG.md').matchAll(/^## \[([^\]]+)\](?: - (.+))?$/gm)];

  it('begins with what is not released yet', () => {
    expect(headings[0]?.[1]).toBe('Unreleased');
  });

  it('has the version of package.json', () => {
    expect(headings.map(([, name]) => name)).toContain(version);
  });

  it('dates every release, the newest first', () => {
    const dates = headings.slice(1).map(([, , date]) => date ?? '');
    for (const date of dates) expect(date).toMatch(/^\d{4}-\d\d-\d\d$/);
    expect(dates).toEqual(dates.toSorted().reverse());
  });
});

describe('the workflow', () => {
  const workflow = read('.github/workflows/ci.yml');

  it('calls .ci/run, which can be started, on a push and on a pull request', () => {
    expect(workflow).toMatch(/^ {6}- run: \.ci\/run$/m);
    expect(statSync(`${ROOT}/.ci/run`).mode & 0o111).not.toBe(0);
    expect(workflow).toMatch(/^on:\n {2}push:\n(?: {4}.*\n)* {2}pull_request:$/m);
  });

  it('pins each action to a version and asks for no more than to read', () => {
    const uses = [...workflow.matchAll(/uses: (\S+)/g)].map(([, action = '']) => action);
    expect(uses.length).toBeGreaterThan(1);
    for (const action of uses) expect(action).toMatch(/@v\d+\.\d+\.\d+$/);
    expect(workflow).toMatch(/^permissions:\n {2}contents: read\n$/m);
  });
});

describe('a person who reports something', () => {
  const templates = [
    '.github/ISSUE_TEMPLATE/bug.yml',
    '.github/ISSUE_TEMPLATE/idea.yml',
    '.github/pull_request_template.md',
  ];

  it.each([...templates, 'CONTRIBUTING.md'])('%s points to SECURITY.md for a vulnerability', (file) => {
    expect(read(file)).toContain('SECURITY.md');
  });

  it('reads in SECURITY.md of every profile what it does not protect', () => {
    const table = read('SECURITY.md').split('### What each profile does not protect')[1]?.split('###')[0] ?? '';
    const wire = read('lib/protocol/README.md').split('## What this scheme does not protect')[1] ?? '';
    const named = (text: string) => [...new Set([...text.matchAll(/`([a-z0-9-]+)`/g)].map(([, id]) => id))];
    const profiles = [...wire.matchAll(/^\| `([a-z0-9-]+)` \|/gm)].map(([, id]) => id);
    expect(named(table)).toEqual(expect.arrayContaining([...new Set(profiles)]));
  });
});

describe('the editor and Biome agree', () => {
  const { indentStyle, indentWidth, lineWidth } = JSON.parse(read('biome.json')).formatter;
  const everyFile = read('.editorconfig').split('[*]')[1]?.split('\n[')[0] ?? '';

  it.each([
    `indent_style = ${indentStyle}`,
    `indent_size = ${indentWidth}`,
    `max_line_length = ${lineWidth}`,
    'end_of_line = lf',
    'insert_final_newline = true',
  ])('on %s', (line) => {
    expect(everyFile).toContain(line);
  });
});

describe('the documents', () => {
  it('are all in the index of their folder', () => {
    const documents = readdirSync(`${ROOT}/docs`).filter((name) => name.endsWith('.md') && name !== 'README.md');
    const index = read('docs/README.md');
    expect(documents.length).toBeGreaterThan(1);
    expect(documents.filter((name) => !index.includes(`(${name})`))).toEqual([]);
  });

  it.each(['CONTRIBUTING.md', 'SECURITY.md', 'NOTICE', 'docs/README.md', 'docs/architecture.md', 'docs/concepts.md'])(
    '%s does not repeat the version of package.json',
    (document) => {
      expect(read(document)).not.toContain(JSON.parse(read('package.json')).version);
    },
  );
});
