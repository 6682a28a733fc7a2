// docs/architecture.md and docs/concepts.md against the code: files, walks, arrows and states.
import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ENVIRONMENT } from '../../../lib/aws/lambda/environment.ts';
import { JOB_STATES } from '../../../lib/protocol/messages.ts';
import { importsOf, ROOMS } from '../../architecture/rooms.ts';
import { exists, pathsIn, ROOT, read } from './paths.ts';

const ARCHITECTURE = read('docs/architecture.md');
const CONCEPTS = read('docs/concepts.md');

/** The most imports from one step's file to another's: directly, or through one file in between. */
const LONGEST_CHAIN = 2;

interface Step {
  readonly file: string;
  readonly name: string;
}

/** The numbered steps under each `## Walk …` heading. */
function walksIn(text: string): readonly (readonly [title: string, steps: readonly Step[]])[] {
  const sections = text.split(/^## /m).filter((section) => section.startsWith('Walk '));
  return sections.map((section) => [section.split('\n')[0] ?? '', stepsIn(section)]);
}

function stepsIn(section: string): Step[] {
  const lines = section.split('\n').filter((line) => /^\d+\. /.test(line));
  return lines.map((line) => {
    const [, file, name] = /^\d+\. `([^`]+)` \(`([^`]+)`\)/.exec(line) ?? [];
    if (file === undefined || name === undefined) throw new Error(`A step names no file and function: ${line}`);
    return { file, name };
  });
}

/** Lambda starts these itself; no other file imports them. */
const isFunction = (file: string) => Object.keys(ENVIRONMENT).some((name) => file === `lambdas/${name}.ts`);

/** The steps whose file no earlier step imports, and that Lambda does not start either. The first step is the entry. */
function strayStepsOf(steps: readonly Step[], importsOfFile: (file: string) => readonly string[]): string[] {
  return steps
    .filter(({ file }, index) => {
      const earlier = steps.slice(0, index).map((step) => step.file);
      return index > 0 && !isFunction(file) && !earlier.includes(file) && !isReached(file, earlier, importsOfFile);
    })
    .map(({ file }) => file);
}

function isReached(file: string, from: readonly string[], importsOfFile: (file: string) => readonly string[]): boolean {
  let reached: readonly string[] = from;
  for (let chain = 0; chain < LONGEST_CHAIN; chain += 1) {
    reached = reached.flatMap((each) => (exists(each) ? importsOfFile(each) : []));
    if (reached.includes(file)) return true;
  }
  return false;
}

function importsOfFile(file: string): string[] {
  const relative = importsOf(read(file)).filter((specifier) => specifier.startsWith('.'));
  return relative.map((specifier) => new URL(specifier, `file:///${file}`).pathname.slice(1));
}

describe('the documents name files that exist', () => {
  it.each(['docs/architecture.md', 'docs/concepts.md'])('%s', (document) => {
    const paths = pathsIn(read(document));
    expect(paths.length).toBeGreaterThan(5);
    expect(paths.filter((path) => !exists(path))).toEqual([]);
  });
});

describe('the walks', () => {
  const walks = walksIn(ARCHITECTURE);

  it('are five', () => {
    expect(walks.map(([title]) => title.replace(/^Walk \d: /, ''))).toEqual([
      'a submission',
      'a pull',
      'a result',
      'a delivery',
      "an operator's command",
    ]);
  });

  it.each(walks)('%s: each file is imported by an earlier one, or is started by Lambda', (_title, steps) => {
    expect(steps.length).toBeGreaterThan(10);
    expect(strayStepsOf(steps, importsOfFile)).toEqual([]);
  });

  it.each(walks)('%s: each function is in its file', (_title, steps) => {
    const missing = steps.filter(({ file, name }) => !new RegExp(`\\b${name}\\b`).test(read(file)));
    expect(missing).toEqual([]);
  });

  it('would notice a file that is not on the path', () => {
    const steps = ['lambdas/links.ts', 'lib/relay/delivery/retry-schedule.ts'].map((file) => ({ file, name: 'x' }));
    expect(strayStepsOf(steps, importsOfFile)).toEqual(['lib/relay/delivery/retry-schedule.ts']);
  });

  it('would notice a step without a function', () => {
    expect(() => stepsIn('1. `lambdas/links.ts` does something')).toThrow('names no file and function');
  });
});

describe('the rooms', () => {
  it('of lib are all in the table', () => {
    const documented = [...ARCHITECTURE.matchAll(/^\| `lib\/(\w+)` \|/gm)].map(([, room]) => room);
    expect(documented.toSorted()).toEqual(readdirSync(`${ROOT}/lib`).toSorted());
  });
});

describe('the arrows inside lib/relay', () => {
  it('are those that the architecture test holds', () => {
    const rows = [...ARCHITECTURE.matchAll(/^\| `(\w+)` \| [^|]+ \| ([a-z, ]*)\|$/gm)];
    const documented = Object.fromEntries(rows.map(([, room = '', others = '']) => [room, others.trim()]));
    const real = ROOMS.filter(({ path }) => path.startsWith('lib/relay/')).map(({ path, ours }) => {
      const room = path.split('/')[2] ?? '';
      const others = ours.filter((each) => each.startsWith('lib/relay/')).map((each) => each.split('/')[2] ?? '');
      return [room, others.filter((other) => other !== 'model' && other !== room).join(', ')];
    });
    expect(documented).toEqual(Object.fromEntries(real));
  });
});

describe('the states of a job', () => {
  const section = CONCEPTS.split('\n### Job\n')[1]?.split('\n### ')[0] ?? '';

  it.each(JOB_STATES)('%s is in the table', (state) => {
    expect(section).toContain(`\`${state}\``);
  });
});
