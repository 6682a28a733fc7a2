// The command line of `npm start`, and what it says of a wrong one.
import { expect, test } from 'vitest';
import { parseCommandLine } from '../../lib/local/options.ts';

test.each([
  [[], { once: false, port: 'usual', dataDir: '.signet' }],
  [['--once', '--port', '0'], { once: true, port: 'any', dataDir: '.signet' }],
  [['--port=9000', '--data-dir', './there/'], { once: false, port: 9000, dataDir: './there/' }],
])('takes %j', (argv, options) => {
  expect(parseCommandLine(argv)).toEqual({ kind: 'run', options });
});

test('asks for help in two ways', () => {
  expect(parseCommandLine(['--help'])).toEqual({ kind: 'help' });
  expect(parseCommandLine(['-h'])).toEqual({ kind: 'help' });
});

test.each([
  [['--port', '65536'], "--port takes a number from 0 to 65535, not '65536'."],
  [['--port', 'http'], "--port takes a number from 0 to 65535, not 'http'."],
  [['--port='], "--port takes a number from 0 to 65535, not ''."],
  [['--port', '--once'], "Option '--port' argument is ambiguous."],
  [['--port'], "Option '--port <value>' argument missing."],
  [['--data-dir='], '--data-dir takes the name of a directory.'],
  [['--twice'], "Unknown option '--twice'."],
  [['now'], "Unexpected argument 'now'."],
])('refuses %j in one sentence', (argv, reason) => {
  expect(parseCommandLine(argv)).toEqual({ kind: 'refused', reason });
});
