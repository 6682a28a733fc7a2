// The CDK app: one relay in one stack. `npx cdk deploy -c stage=prod`; without a stage it is dev.
import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { RelayStack } from '../lib/infra/relay-stack.ts';
import { parseStage } from '../lib/infra/stage.ts';

const context = {
  // What CDK's own template rules find is an error. They take a second or two: CDK_VALIDATION=false where nothing is deployed.
  '@aws-cdk/core:validateAgainstDefaultRules': true,
  // The CLI would ask for these; lib/local reads them also when it runs this file without the CLI.
  'aws:cdk:enable-path-metadata': true,
  'aws:cdk:enable-asset-metadata': true,
};

const app = new App({ analyticsReporting: false, context });
const stage = parseStage(app.node.tryGetContext('stage') ?? 'dev');
new RelayStack(app, 'SignetRelay', { stage });
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
