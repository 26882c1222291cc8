import { startMock } from './index.ts';
import { MOCK_URL_VARIABLE, clientEnvironment, enterTenant, replaceEnvironment } from './runner-environment.ts';

// `node --import llmproxy/node-test/setup --test`: runs in the runner, which starts the mock, and in the process of every test file.
const isRunner = process.execArgv.some((argument) => /^--test(?:$|=)/.test(argument));

if (process.env[MOCK_URL_VARIABLE] === undefined) {
  replaceEnvironment(clientEnvironment(await startMock({ process: 'child' })));
}
if (!isRunner) enterTenant(process.env, process.argv[1]);
