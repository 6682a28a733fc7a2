// The ports of the last run, even when their file is missing or damaged.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readSavedPorts, writeSavedPorts } from '../../lib/local/saved-ports.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

test('reads what was written', () => {
  const folder = temporaryFolder();
  const ports = { api: 8787, site: 40_001, receiver: 65_535 };
  writeSavedPorts(folder, ports);
  expect(readSavedPorts(folder)).toEqual(ports);
});

test.each(['', '{', 'null', '7', '[]', '{"api":99999,"site":"80","receiver":-1}', '{"api":1.5,"site":null}'])(
  'treats %j as no ports',
  (text) => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'ports.json'), text);
    expect(readSavedPorts(folder)).toEqual({ api: 0, site: 0, receiver: 0 });
  },
);
