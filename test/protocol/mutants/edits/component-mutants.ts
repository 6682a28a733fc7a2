// Mutants of what an RFC 9421 signature covers, and of the lines that are signed.
import type { ReceivedRequest } from '../../../../lib/protocol/http-message.ts';
import { withHeaders } from '../../../support/protocol/claims.ts';
import type { Mutant, MutantClass } from '../mutant.ts';
import {
  baseOf,
  type Fields,
  inputOf,
  requestWith,
  type Signer,
  signedRequest,
} from '../subjects/message-signature.ts';
import { changedFields } from './structured-field-mutants.ts';

type Lists = Readonly<Record<string, readonly string[]>>;

/** Other lists of covered components. */
export function componentMutants(signer: Signer, good: Fields): readonly Mutant[] {
  const { components } = good;
  const replaced = (from: string, to: string) => components.map((name) => (name === from ? to : name));
  const also = (...names: readonly string[]) => [...components, ...names];
  const required = ['"@method"', '"@authority"', '"@path"', '"@query"', '"content-digest"'];
  const lists: Readonly<Partial<Record<MutantClass, Lists>>> = {
    'missing or empty': {
      'no component at all': [],
      ...Object.fromEntries(required.map((name) => [`${name} not covered`, components.filter((one) => one !== name)])),
      'a header that is not there': also('"x-not-there"'),
      'an empty name': also('""'),
    },
    'doubled field': Object.fromEntries(components.map((name) => [`${name} covered twice`, also(name)])),
    'outside the grammar': {
      'a component parameter: req': replaced('"@method"', '"@method";req'),
      'a component parameter: sf': replaced('"content-digest"', '"content-digest";sf'),
      'a component parameter: bs': replaced('"content-digest"', '"content-digest";bs'),
      'a component parameter: key': replaced('"content-digest"', '"content-digest";key="sha-256"'),
      'a component parameter: tr': replaced('"content-type"', '"content-type";tr'),
      'the query by its parameters': replaced('"@query"', '"@query-param";name="dry"'),
      'the target URI beside the rest': also('"@target-uri"'),
      'the request target beside the rest': also('"@request-target"'),
      'the scheme beside the rest': also('"@scheme"'),
      'a status beside the rest': also('"@status"'),
      'the signature parameters as a component': also('"@signature-params"'),
      'a component that nobody knows': also('"@unknown"'),
      'a name with an underscore': also('"content_type"'),
      'a token for a name': replaced('"@path"', 'path'),
      'an integer for a name': also('1'),
      'a byte sequence for a name': also(':AAAA:'),
      'an inner list in the list': also('("a")'),
      'a comma between the components': [components.join(', ')],
    },
    'changed case': {
      'a name in upper case': replaced('"content-digest"', '"Content-Digest"'),
      'a derived name in upper case': replaced('"@method"', '"@METHOD"'),
    },
    'white space': {
      'a space in a name': replaced('"@path"', '"@path "'),
      'a tab between two': [components.join('\t')],
      'a line feed between two': [components.join('\n')],
      'nothing between two': [components.join('')],
    },
    'prototype name': { 'constructor covered': also('"constructor"'), '__proto__ covered': also('"__proto__"') },
    'look-alike character': { 'a name with a letter from another script': replaced('"@path"', '"@p\u0430th"') },
  };
  return Object.entries(lists).flatMap(([of, named]) =>
    Object.entries(named).flatMap(([what, list]) =>
      changedFields(signer, good, of as MutantClass, what, { components: list }),
    ),
  );
}

/** A header that is covered, come through with something around it that belongs to its value: only spaces and tabs do not. */
export function coveredHeaderMutants(signer: Signer, good: Fields): readonly Mutant[] {
  const text = good.more['content-type'] ?? '';
  const edits: readonly (readonly [MutantClass, string, string])[] = [
    ['trailing newline', 'a line feed after it', `${text}\n`],
    ['another value', 'a headerCodec return after it', `${text}\r`],
    ['trailing newline', 'both after it', `${text}\r\n`],
    ['trailing newline', 'a line feed before it', `\n${text}`],
    ['another value', 'a form feed after it', `${text}\f`],
    ['another value', 'a no-break space after it', `${text}\u00a0`],
    ['another value', 'a byte order mark before it', `\ufeff${text}`],
    ['another value', 'a line separator after it', `${text}\u2028`],
    ['another value', 'an ideographic space before it', `\u3000${text}`],
  ];
  const signature = signer.signBytes(baseOf(good));
  return edits.map(([of, what, value]) => ({
    of,
    name: `a covered header: ${what}, as captured`,
    message: requestWith({ ...good, more: { 'content-type': value } }, signature),
  }));
}

/** Pieces of the signed text in another place. */
export function movedMutants(signer: Signer, good: Fields): readonly Mutant[] {
  const signature = signer.signBytes(baseOf(good));
  const target = (path: string, query: string) => ({ target: { ...good.target, path, query } });
  const input = inputOf(good);
  const asInput = (text: string) => withHeaders(requestWith(good, signature), { 'signature-input': `sig=${text}` });
  const forged = { ...good, more: { 'content-type': 'a\n"@path": /api/links/cancel' } };
  const messages: Readonly<Record<string, ReceivedRequest>> = {
    'the query in the path': requestWith({ ...good, ...target('/api/links/fetch?dry=1', '') }, signature),
    'the query in the path, signed anew': signedRequest(signer, { ...good, ...target('/api/links/fetch?dry=1', '') }),
    'the query in the path, percent-encoded': requestWith(
      { ...good, ...target('/api/links/fetch%3fdry=1', '') },
      signature,
    ),
    'a part of the path in the query': requestWith({ ...good, ...target('/api/links', '/fetch?dry=1') }, signature),
    'a question mark more': requestWith({ ...good, ...target('/api/links/fetch', '?dry=1') }, signature),
    'further lines in a covered header': requestWith(forged, signature),
    'further lines in a covered header, signed anew': signedRequest(signer, forged),
    'further lines in the query, signed anew': signedRequest(signer, {
      ...good,
      ...target('/api/links/fetch', 'a\n"@path": /x'),
    }),
    'the host in the path': { ...requestWith(good, signature), authority: '', path: '/relay.example/api/links/fetch' },
    'the path in the host': { ...requestWith(good, signature), authority: 'relay.example/api', path: '/links/fetch' },
    'the parameters inside the parentheses': asInput(`${input.replace(')', '')})`),
    'commas for the semicolons': asInput(input.replaceAll(';', ',')),
    'a colon for an equals sign': asInput(input.replace('created=', 'created:')),
    'the first parameter on the last component': asInput(input.replace(/\);(created=\d+)/, ';$1)')),
    'the parameters behind another member': asInput(input.replace(');', '), x=1;')),
    'the parameters before the components': asInput(input.replace(/^(\([^)]*\))(.*)$/, '$2$1')),
    'two parameters in one string': asInput(input.replace('";keyid="', ';keyid=')),
    'two components in one string': asInput(input.replace('" "', ' ')),
  };
  return Object.entries(messages).map(([name, message]) => ({ of: 'separators moved', name, message }));
}

/** Parameters that we did not ask for. */
export function unknownParameterMutants(signer: Signer, good: Fields): readonly Mutant[] {
  const added = { v: '1', version: '"2"', context: '"x"', crit: '("x")', req: '?1', a: '1.0' };
  return Object.entries(added).flatMap(([name, text]) =>
    changedFields(signer, good, 'unknown version', `an unknown parameter: ${name}`, {
      parameters: [...good.parameters, [name, text]],
    }),
  );
}
