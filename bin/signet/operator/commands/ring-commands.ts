// `signet ring …`: the masters that secrets are derived from. A master itself is never printed.
import { type RingView, rotateRing, showRing } from '../../../../lib/relay/operator/deployment/rings.ts';
import { UsageError } from '../../../../lib/terminal/exit-error.ts';
import { showFacts } from '../../../../lib/terminal/show-table.ts';
import { type Command, command } from '../command.ts';
import { show } from '../outcomes.ts';
import { iso, showMinute } from '../show/show-time.ts';
import type { View } from '../view.ts';

const DIRECTIONS = ['inbound', 'outbound'] as const;

export const RING_COMMANDS: readonly Command[] = [
  command({
    name: 'ring show',
    does: 'show the masters of a key ring',
    details: ['The ring is inbound (the secrets of partners) or outbound (the secrets of webhook endpoints).'],
    arguments: ['ring'],
    options: {},
    examples: ['signet ring show inbound'],
    changes: false,
    run: async ({ access, words: { ring } }) => show(showRing(access, readDirection(ring)), viewRing),
  }),
  command({
    name: 'ring rotate',
    does: 'add a master, from which new secrets are derived',
    details: ['No secret in use changes, and no master is ever removed. Rotate a key to move it to the new master.'],
    arguments: ['ring'],
    options: {},
    examples: ['signet ring rotate inbound --stage prod'],
    changes: true,
    run: async ({ access, words: { ring } }) => show(rotateRing(access, readDirection(ring)), viewRing),
  }),
];

function readDirection(text: string): (typeof DIRECTIONS)[number] {
  const direction = DIRECTIONS.find((one) => one === text);
  if (!direction) throw new UsageError(`<ring> takes ${DIRECTIONS.join(' or ')}, not "${text}".`);
  return direction;
}

function viewRing(ring: RingView): View {
  const facts = [
    ['ring', ring.direction],
    ['current master', ring.current],
    ['since', showMinute(ring.currentSince)],
    ['masters', ring.masters.join(' ')],
  ] as const;
  const json = { ring: { ...ring, currentSince: iso(ring.currentSince) } };
  return { json, lines: (width) => showFacts(facts, width) };
}
