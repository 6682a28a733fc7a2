// Mutants of the components that an RFC 9421 signature covers, and of the lines of its base.
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

/** Returns mutants with other lists of covered components. */
export function componentMutants(signer: Signer, good: Fields): readonly Mutant[] {
  const { components } = good;
  const replaced = (from: string, to: string) => components.map((name) => (name === from ? to : name));
  const also = (...names: readonly string[]) => [...components, ...names];
  const required = ['"@method"', '"@authority"', '"@path"', '"@query"', '"content-digest"'];
  const lists: Readonly<Partial<Record<MutantClass, Lists>>> = {
    'missing or empty': {
      'no component at all': [],
      ...Object.fromEntries(
        required.map((name) => [`${name} not covered`, components.filter((component) => component !== name)]),
      ),
      'an absent header': also('"x-not-there"'),
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
      'the target URI in addition': also('"@target-uri"'),
      'the request target in addition': also('"@request-target"'),
      'the scheme in addition': also('"@scheme"'),
      'a status in addition': also('"@status"'),
      'the signature parameters as a component': also('"@signature-params"'),
      'an unknown component': also('"@unknown"'),
      'a name with an underscore': also('"content_type"'),
      'a token as a name': replaced('"@path"', 'path'),
      'an integer as a name': also('1'),
      'a byte sequence as a name': also(':AAAA:'),
      'an inner list in the list': also('("a")'),
      'a comma between the components': [components.join(', ')],
    },
    'changed case': {
      'a name in upper case': replaced('"content-digest"', '"Content-Digest"'),
      'a derived name in upper case': replaced('"@method"', '"@METHOD"'),
    },
    'white space': {
      'a space in a name': replaced('"@path"', '"@path "'),
      'tabs between the names': [components.join('\t')],
      'line feeds between the names': [components.join('\n')],
      'nothing between the names': [components.join('')],
    },
    'prototype name': { 'constructor covered': also('"constructor"'), '__proto__ covered': also('"__proto__"') },
    'look-alike character': { 'a name with a letter from another script': replaced('"@path"', '"@p\u0430th"') },
  };
  return Object.entries(lists).flatMap(([kind, named]) =>
    Object.entries(named).flatMap(([what, list]) =>
      changedFields(signer, good, kind as MutantClass, what, { components: list }),
    ),
  );
}

/** Returns mutants of a covered header with an added character. Only spaces and tabs around a value do not belong to it. */
export function coveredHeaderMutants(signer: Signer, good: Fields): readonly Mutant[] {
  const text = good.more['content-type'] ?? '';
  const edits: readonly (readonly [MutantClass, string, string])[] = [
    ['trailing newline', 'a line feed after it', `${text}\n`],
    ['another value', 'a carriage return after it', `${text}\r`],
    ['trailing newline', 'both after it', `${text}\r\n`],
    ['trailing newline', 'a line feed before it', `\n${text}`],
    ['another value', 'a form feed after it', `${text}\f`],
    ['another value', 'a no-break space after it', `${text}\u00a0`],
    ['another value', 'a byte order mark before it', `\ufeff${text}`],
    ['another value', 'a line separator after it', `${text}\u2028`],
    ['another value', 'an ideographic space before it', `\u3000${text}`],
  ];
  const signature = signer.signBytes(baseOf(good));
  return edits.map(([kind, what, value]) => ({
    kind,
    name: `a covered header: ${what}, as captured`,
    message: requestWith({ ...good, more: { 'content-type': value } }, signature),
  }));
}

/** Returns mutants with a piece of the signed text in another place. */
export function movedMutants(signer: Signer, good: Fields): readonly Mutant[] {
  const signature = signer.signBytes(baseOf(good));
  const target = (path: string, query: string) => ({ target: { ...good.target, path, query } });
  const input = inputOf(good);
  const asInput = (text: string) => withHeaders(requestWith(good, signature), { 'signature-input': `sig=${text}` });
  const forged = { ...good, more: { 'content-type': 'a\n"@path": /api/links/cancel' } };
  const messages: Readonly<Record<string, ReceivedRequest>> = {
    'the query in the path': requestWith({ ...good, ...target('/api/links/fetch?dry=1', '') }, signature),
    'the query in the path, signed again': signedRequest(signer, { ...good, ...target('/api/links/fetch?dry=1', '') }),
    'the query in the path, percent-encoded': requestWith(
      { ...good, ...target('/api/links/fetch%3fdry=1', '') },
      signature,
    ),
    'a part of the path in the query': requestWith({ ...good, ...target('/api/links', '/fetch?dry=1') }, signature),
    'an additional question mark': requestWith({ ...good, ...target('/api/links/fetch', '?dry=1') }, signature),
    'further lines in a covered header': requestWith(forged, signature),
    'further lines in a covered header, signed again': signedRequest(signer, forged),
    'further lines in the query, signed again': signedRequest(signer, {
      ...good,
      ...target('/api/links/fetch', 'a\n"@path": /x'),
    }),
    'the host in the path': { ...requestWith(good, signature), authority: '', path: '/relay.example/api/links/fetch' },
    'the path in the host': { ...requestWith(good, signature), authority: 'relay.example/api', path: '/links/fetch' },
    'the parameters inside the parentheses': asInput(`${input.replace(')', '')})`),
    'commas in place of the semicolons': asInput(input.replaceAll(';', ',')),
    'a colon in place of an equals sign': asInput(input.replace('created=', 'created:')),
    'the first parameter on the last component': asInput(input.replace(/\);(created=\d+)/, ';$1)')),
    'the parameters after another member': asInput(input.replace(');', '), x=1;')),
    'the parameters before the components': asInput(input.replace(/^(\([^)]*\))(.*)$/, '$2$1')),
    'two parameters in one string': asInput(input.replace('";keyid="', ';keyid=')),
    'two components in one string': asInput(input.replace('" "', ' ')),
  };
  return Object.entries(messages).map(([name, message]) => ({ kind: 'separators moved', name, message }));
}

/** Returns mutants with unknown parameters. */
export function unknownParameterMutants(signer: Signer, good: Fields): readonly Mutant[] {
  const added = { v: '1', version: '"2"', context: '"x"', crit: '("x")', req: '?1', a: '1.0' };
  return Object.entries(added).flatMap(([name, text]) =>
    changedFields(signer, good, 'unknown version', `an unknown parameter: ${name}`, {
      parameters: [...good.parameters, [name, text]],
    }),
  );
}
