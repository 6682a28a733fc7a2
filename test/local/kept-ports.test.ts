// The ports of the last run, whatever has become of the file.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readKeptPorts, writeKeptPorts } from '../../lib/local/kept-ports.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

test('gives back what was written', () => {
  const folder = temporaryFolder();
  const ports = { api: 8787, site: 40_001, receiver: 65_535 };
  writeKeptPorts(folder, ports);
  expect(readKeptPorts(folder)).toEqual(ports);
});

test.each(['', '{', 'null', '7', '[]', '{"api":99999,"site":"80","receiver":-1}', '{"api":1.5,"site":null}'])(
  'takes %j as no ports',
  (text) => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'ports.json'), text);
    expect(readKeptPorts(folder)).toEqual({ api: 0, site: 0, receiver: 0 });
  },
);
