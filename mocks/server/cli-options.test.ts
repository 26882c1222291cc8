import { expect, test } from 'vitest';
import { cliArguments } from './child.ts';
import { parseCli } from './cli-options.ts';

test('without options there is one server on a free port', () => {
  expect(parseCli([])).toMatchObject({ ports: [0], json: false, exitWithParent: false, help: false });
});

test.each([
  [['--port', '4010'], [4010]],
  [
    ['--port', '4010', '--count', '3'],
    [4010, 4011, 4012],
  ],
  [
    ['--count', '2'],
    [0, 0],
  ],
  [
    ['--ports', '0,4010,0'],
    [0, 4010, 0],
  ],
])('%j listens on %j', (argv, ports) => {
  expect(parseCli(argv).ports).toEqual(ports);
});

test.each([
  [['--port', 'x'], '--port: expected a number from 0 to 65535, found "x"'],
  [['--port', '70000'], '--port: expected a number from 0 to 65535, found "70000"'],
  [['--count', '0'], '--count: expected a number from 1 to 1000, found "0"'],
  [['--ports', '1,'], '--ports: expected a number from 0 to 65535, found ""'],
  [['--ports', '1', '--count', '2'], '--ports: expected without --port and --count'],
  [['--seed', '-'], '--seed: expected a number'],
  [['--clock', 'fast'], '--clock: expected real or virtual, found "fast"'],
  [['--tenant-keys', 'a'], '--tenant-keys: expected KEY=TENANT, found "a"'],
  [['--tenant-keys', 'a=!'], '--tenant-keys: expected a name of letters'],
  [
    ['--pace-first-ms', '{"uniform": {"from": 2, "to": 1}}'],
    '--pace-first-ms.uniform.to: expected a number of at least 2, found 1',
  ],
  [['--overrides', '[]'], '--overrides: expected overrides of at least one server, found []'],
  [['--overrides', '[{"tags": true}]'], 'did you mean "tag"?'],
  [['--overrides', '[{"faults": ["stal"]}]'], '--overrides[0].faults[0]'],
  [['--script', '[{]'], '--script: expected JSON, found "[{]"'],
  [['--colour'], "Unknown option '--colour'"],
])('%j is refused with a sentence', (argv, sentence) => {
  expect(() => parseCli(argv)).toThrow(sentence);
});

test('the arguments that a parent makes of options are read back as the same options', () => {
  const options = {
    host: '127.0.0.2',
    pace: { firstEventMs: 5, tokensPerSecond: { uniform: { from: 20, to: 40 } }, seed: 1 },
    tag: 'A',
    nonce: true,
    trace: true,
    clock: 'virtual',
    tenantKeys: { 'sk-a': 'alice', 'sk-b': 'bob' },
    script: [{ match: { text: { regex: 'a' } }, answer: 'b' }],
    seed: 3,
    models: ['a', 'b'],
    keys: ['k'],
    lenientIds: true,
    jobStageMs: 7,
  } as const;
  const overrides = [{ tag: true }, { limits: { rpm: 3 }, faults: ['stall'] }];
  const read = parseCli(cliArguments(2, { ...options, port: 0 }, overrides));
  expect(read).toEqual({
    ports: [0, 0],
    json: true,
    exitWithParent: true,
    help: false,
    server: options,
    overrides,
  });
});
