// CloudFormation's intrinsic functions, resolved to started resources.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the placeholders are CloudFormation's own
import { expect, test } from 'vitest';
import { resolveText, resolveValue } from '../../../../lib/local/cloud/template/intrinsic-functions.ts';

const BINDINGS = {
  stackName: 'Fake',
  parameters: { Colour: 'blue' },
  resources: new Map([['Queue', { ref: 'http://queue', attributes: { Arn: 'arn:aws:sqs:here:me:queue' } }]]),
};

test.each([
  ['a plain text', 'plain', 'plain'],
  ['Ref of a resource', { Ref: 'Queue' }, 'http://queue'],
  ['Ref of a parameter', { Ref: 'Colour' }, 'blue'],
  ['Ref of a pseudo parameter', { Ref: 'AWS::AccountId' }, '000000000000'],
  ['GetAtt as a list', { 'Fn::GetAtt': ['Queue', 'Arn'] }, 'arn:aws:sqs:here:me:queue'],
  ['GetAtt as a text', { 'Fn::GetAtt': 'Queue.Arn' }, 'arn:aws:sqs:here:me:queue'],
  [
    'Join',
    { 'Fn::Join': ['.', ['sqs', { Ref: 'AWS::Region' }, { Ref: 'AWS::URLSuffix' }]] },
    'sqs.us-east-1.amazonaws.com',
  ],
  [
    'Sub',
    { 'Fn::Sub': 'a-${AWS::Region}-${Queue}-${Queue.Arn}-${!kept}' },
    'a-us-east-1-http://queue-arn:aws:sqs:here:me:queue-${kept}',
  ],
  ['Sub with variables', { 'Fn::Sub': ['${x}!', { x: { Ref: 'Colour' } }] }, 'blue!'],
  ['Select of Split', { 'Fn::Select': [2, { 'Fn::Split': [':', { 'Fn::GetAtt': ['Queue', 'Arn'] }] }] }, 'sqs'],
])('resolves %s', (_what, value, expected) => {
  expect(resolveText(value, BINDINGS, 'here')).toBe(expected);
});

test('resolves inside lists and objects, and leaves other values unchanged', () => {
  const value = { list: [{ Ref: 'Queue' }, 3, true, null], 'Fn::Like': 1, plain: { Ref: 'Queue', more: 1 } };
  expect(resolveValue(value, BINDINGS, 'here')).toEqual({
    list: ['http://queue', 3, true, null],
    'Fn::Like': 1,
    plain: { Ref: 'Queue', more: 1 },
  });
});

test.each([
  ['an unknown intrinsic function', { deep: { 'Fn::ImportValue': 'x' } }, /here\.deep uses Fn::ImportValue/],
  ['a missing resource', { Ref: 'Other' }, /here refers to Other/],
  ['a missing attribute', { 'Fn::GetAtt': ['Queue', 'Colour'] }, /here refers to Queue\.Colour/],
])('refuses %s, and names the place', (_what, value, message) => {
  expect(() => resolveValue(value, BINDINGS, 'here')).toThrow(message);
});
