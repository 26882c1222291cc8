// For `--import`: appends the address of every module that the process loads to the file LLMPROXY_TEST_MODULES.
import { appendFileSync } from 'node:fs';
import { registerHooks } from 'node:module';

registerHooks({
  load(url, context, nextLoad) {
    appendFileSync(process.env['LLMPROXY_TEST_MODULES'] ?? '', `${url}\n`);
    return nextLoad(url, context);
  },
});
