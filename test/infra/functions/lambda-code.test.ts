// The functions' bundles: one self-contained file each, equal for equal sources.
import { readdirSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { describe, expect, it } from 'vitest';
import { FUNCTION_NAMES } from '../../../lib/infra/functions/functions.ts';
import { buildBundles } from '../../../lib/infra/functions/lambda-code.ts';
import { RelayStack } from '../../../lib/infra/relay-stack.ts';
import { atPath, type Resources } from '../template.ts';

const bundles = buildBundles();
const again = buildBundles();
const textOf = (name: (typeof FUNCTION_NAMES)[number]) => Buffer.from(bundles.get(name) ?? []).toString();

describe.each(FUNCTION_NAMES)('the bundle of %s', (name) => {
  it('is the same in each build', () => {
    expect(Buffer.from(again.get(name) ?? []).toString() === textOf(name)).toBe(true);
  });

  it('imports only modules of Node, because the SDK is inside', () => {
    const imported = [...textOf(name).matchAll(/\bfrom\s?["']([^"'\s]+)["']/g)].map(([, specifier = '']) => specifier);
    expect(imported.filter((specifier) => !isBuiltin(specifier))).toEqual([]);
  });

  it('exports the handler', () => {
    expect(textOf(name)).toMatch(/export\s?\{[^}]*\bas handler\b|export\s?\{\s?handler/);
  });
});

it('puts the API description only in the function that serves it', () => {
  const describing = FUNCTION_NAMES.filter((name) => textOf(name).includes('securitySchemes'));
  expect(describing).toEqual(['links']);
});

describe('the assets', () => {
  const context = { 'aws:cdk:enable-path-metadata': true, 'aws:cdk:enable-asset-metadata': true };
  const app = new App({ analyticsReporting: false, builtinCloudFormationValidation: false, context });
  new RelayStack(app, 'SignetRelay', { stage: 'dev' });
  const { directory, stacks } = app.synth();
  const resources: Resources = stacks[0]?.template.Resources;

  it.each(FUNCTION_NAMES)('contain only the bundle of %s, as index.mjs', (name) => {
    const asset = join(directory, atPath(resources, `/${name}/Resource`)[1].Metadata?.['aws:asset:path'] ?? '');
    expect(readdirSync(asset)).toEqual(['index.mjs']);
    expect(readFileSync(join(asset, 'index.mjs'), 'utf8') === textOf(name)).toBe(true);
  });
});
