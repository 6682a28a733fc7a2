// Holds what the documents point to: links, anchors, files of the code, commands, and the size of the README.
import { existsSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, test } from 'vitest';
import { documentPaths, headingsOf, proseLines, README, ROOT, readDocument } from './documents.ts';

test('the README has at most 10,240 bytes', () => {
  expect(Buffer.byteLength(README)).toBeLessThanOrEqual(10_240);
});

test('the documents are found', () => {
  expect(documentPaths()).toEqual(
    expect.arrayContaining(['README.md', 'docs/reference.md', 'lib/protocol/README.md', 'lib/client/README.md']),
  );
});

describe.each(documentPaths())('%s', (path) => {
  const text = readDocument(path);

  test('links to files and headings that exist', () => {
    expect(linksOf(text).filter((link) => !isFound(path, link))).toEqual([]);
  });

  test('names files and folders that exist', () => {
    const named = [...text.matchAll(/`((?:agent|bench|bin|docs|lambdas|lib|test)\/[\w./-]+)`/g)].map(
      ([, name]) => name,
    );
    expect(named.filter((name) => !existsSync(`${ROOT}/${name}`))).toEqual([]);
  });

  test('runs nothing with npx that node_modules does not bring, because npx would fetch a stranger’s', () => {
    const programs = [...text.matchAll(/\bnpx\s+(?:-\S+\s+)*([\w@./-]+)/g)].map(([, program]) => program);
    expect(programs.filter((program) => !existsSync(`${ROOT}/node_modules/.bin/${program}`))).toEqual([]);
  });

  test('runs no TypeScript file by its name, which an old Node cannot', () => {
    expect(text.match(/\bnode +\S+\.ts\b/g)).toBeNull();
  });
});

describe('the check of links', () => {
  const example =
    '# Two words, and `code`\n[a](#two-words-and-code) [b](#none) [`c`](docs/none.md) [d](https://x.example)\n';

  test('reads links outside code, and leaves other sites alone', () => {
    expect(linksOf(`${example}\`[e](f)\`\n\`\`\`text\n[g](h)\n\`\`\`\n`)).toEqual([
      '#two-words-and-code',
      '#none',
      'docs/none.md',
    ]);
  });

  test('gives headings the anchors of GitHub', () => {
    expect([...anchorsOf(`${example}## A\n## A\n`)]).toEqual(['two-words-and-code', 'a', 'a-1']);
  });

  test('finds nothing where nothing is', () => {
    expect(isFound('README.md', 'docs/none.md')).toBe(false);
    expect(isFound('README.md', 'docs/reference.md#none')).toBe(false);
    expect(isFound('docs/agent.md', '../README.md#platforms')).toBe(true);
  });
});

/** Returns the targets of all links but those to other sites. */
function linksOf(text: string): readonly string[] {
  const prose = proseLines(text)
    .join('\n')
    .replaceAll(/`[^`\n]*`/g, '');
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^[a-z]+:/.test(target));
}

function isFound(from: string, link: string): boolean {
  const [file = '', anchor] = link.split('#');
  const path = file === '' ? from : normalize(join(dirname(from), file));
  if (!existsSync(`${ROOT}/${path}`)) return false;
  if (anchor === undefined || statSync(`${ROOT}/${path}`).isDirectory()) return anchor === undefined;
  return anchorsOf(readDocument(path)).has(anchor);
}

/** Returns the anchors that GitHub makes of the headings; a repeated one gets a number. */
function anchorsOf(text: string): ReadonlySet<string> {
  const anchors = new Set<string>();
  for (const { title } of headingsOf(text)) {
    const slug = title
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-');
    let number = 0;
    while (anchors.has(number === 0 ? slug : `${slug}-${number}`)) number += 1;
    anchors.add(number === 0 ? slug : `${slug}-${number}`);
  }
  return anchors;
}
