import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Modules of mocks/ that CommonJS can require, and what their wrapper exports otherwise than they do. */
const WRAPPED: Readonly<Record<string, string>> = {
  index: '',
  matchers: '',
  // Each export by itself: what reads the file without running it sees that there is a default one.
  // jest gives every test file a `process` of its own, which the module itself does not see.
  jest: `Object.defineProperty(module.exports, '__esModule', { value: true });
module.exports.default = real.default;
module.exports.mock = () => real.mock(process.env);
`,
};

const HEAD = `'use strict';
// Loads the ES module with node's own loader: jest's cannot require one, and hides node's from what runs in its sandbox.
const loader = require('node:vm').runInThisContext("process.getBuiltinModule('node:module')");
const real = loader.createRequire(__filename)`;

/** Writes the CommonJS entries beside the compiled modules of mocks/ in `folder`, with their types. */
export function writeCommonJs(folder: string): void {
  for (const [name, more] of Object.entries(WRAPPED)) {
    write(folder, `${name}.cjs`, `${HEAD}('./${name}.js');\nmodule.exports = { ...real };\n${more}`);
    const isDefault = name === 'jest' ? `export { default } from './${name}.js';\n` : '';
    write(folder, `${name}.d.cts`, `export * from './${name}.js';\n${isDefault}`);
  }
  const enter = `${HEAD}('./runner-environment.js');\nreal.enterTenant(process.env);\n`;
  write(folder, 'jest-setup.cjs', enter);
  write(folder, 'jest-setup.d.cts', 'export {};\n');
}

function write(folder: string, name: string, text: string): void {
  writeFileSync(join(folder, 'mocks', name), text);
}
