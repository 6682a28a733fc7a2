// `signet endpoint …`: where webhooks go.
import { OUTBOUND_PROFILES } from '../../../../lib/protocol/profiles/profiles.ts';
import type { Endpoint } from '../../../../lib/relay/model/records.ts';
import {
  createEndpoint,
  deleteEndpoint,
  listEndpoints,
  showEndpoint,
  waiveEndpoint,
} from '../../../../lib/relay/operator/accounts/endpoints.ts';
import { flag, optional, required } from '../../../../lib/terminal/program.ts';
import { ID, oneOf, URL_TEXT } from '../../../../lib/terminal/values.ts';
import { type Command, command } from '../command.ts';
import { show } from '../outcomes.ts';
import { viewEndpoint, viewEndpoints } from '../show/show-endpoint.ts';
import { iso } from '../show/show-time.ts';
import type { View } from '../view.ts';

export const ENDPOINT_COMMANDS: readonly Command[] = [
  command({
    name: 'endpoint create',
    does: 'create an endpoint and its secret',
    details: ['It receives nothing before it is waived (--waive, or signet endpoint waive).'],
    arguments: ['account'],
    options: {
      url: required(URL_TEXT, 'where deliveries go'),
      profile: optional(oneOf('PROFILE', OUTBOUND_PROFILES), 'how deliveries are signed', 'standard-webhooks'),
      endpointId: optional(ID, 'its id', 'a generated one'),
      keyId: optional(ID, 'the key id that deliveries name, where the profile names one'),
      waive: flag('make it active at once'),
    },
    examples: [
      'signet endpoint create acmeacmeacmeacme --url https://acme.example/hook --waive',
      'signet endpoint create acmeacmeacmeacme --url https://acme.example/hook --profile nitro --secret-out hook.key',
    ],
    changes: true,
    givesSecret: true,
    run: ({ access, words: { account: accountId }, options }) =>
      show(
        createEndpoint(access, { accountId, ...options }),
        ({ endpoint, secret }): View => ({
          ...viewEndpoint(endpoint, endpoint.state === 'active' ? [] : describeWaiver(endpoint)),
          secret: { name: 'secret', value: secret, advice: HAND_OVER },
        }),
      ),
  }),
  command({
    name: 'endpoint list',
    does: 'list the endpoints of an account',
    arguments: ['account'],
    options: {},
    examples: ['signet endpoint list acmeacmeacmeacme'],
    changes: false,
    run: ({ access, words: { account } }) => show(listEndpoints(access, account), viewEndpoints),
  }),
  command({
    name: 'endpoint show',
    does: 'show one endpoint',
    arguments: ['account', 'endpoint'],
    options: {},
    examples: ['signet endpoint show acmeacmeacmeacme ep_abc'],
    changes: false,
    run: ({ access, words: { account, endpoint } }) =>
      show(showEndpoint(access, account, endpoint), (one) => viewEndpoint(one)),
  }),
  command({
    name: 'endpoint waive',
    does: 'make an endpoint active without qualification',
    arguments: ['account', 'endpoint'],
    options: {},
    examples: ['signet endpoint waive acmeacmeacmeacme ep_abc'],
    changes: true,
    run: ({ access, words: { account, endpoint } }) =>
      show(waiveEndpoint(access, account, endpoint), ({ endpoint: waived, rebuildableSince }) => {
        const since = iso(rebuildableSince);
        const view = viewEndpoint(waived, [
          'To send it the events of jobs that ended before now, run:',
          `  signet events rebuild --since ${since} --account ${account}`,
        ]);
        return { ...view, json: { ...view.json, rebuildableSince: since } };
      }),
  }),
  command({
    name: 'endpoint delete',
    does: 'delete an endpoint and its secret',
    arguments: ['account', 'endpoint'],
    options: {},
    examples: ['signet endpoint delete acmeacmeacmeacme ep_abc'],
    changes: true,
    confirm: ({ words: { account, endpoint } }) => ({
      sentences: [
        `Endpoint ${endpoint} of account ${account} and its secret will be deleted forever.`,
        'Its pending deliveries will be dropped.',
      ],
      id: endpoint,
    }),
    run: ({ access, words: { account, endpoint } }) =>
      show(deleteEndpoint(access, account, endpoint), () => ({
        json: { deleted: { accountId: account, endpointId: endpoint } },
        lines: () => [`Endpoint ${endpoint} is deleted.`],
      })),
  }),
];

function describeWaiver({ accountId, endpointId }: Endpoint): string[] {
  return ['It receives nothing before you run:', `  signet endpoint waive ${accountId} ${endpointId}`];
}

const HAND_OVER = 'Send it to the consumer over a private channel. It is not stored, and cannot be shown again.';
