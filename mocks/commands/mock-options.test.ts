import { expect, test } from 'vitest';
import { cliArguments } from '../server/child.ts';
import type { ServerOptions } from '../server/options/options.ts';
import { flagName, OPTION_TABLE } from '../server/options/table.ts';
import { commandOf } from './command.ts';
import type { MockCommand } from './mock-options.ts';
import { addMockOptions, mockCommandOf } from './mock-options.ts';

function parseCli(argv: readonly string[]): MockCommand {
  const command = addMockOptions(commandOf('mock', '', () => {}));
  return mockCommandOf(command.parse(argv, { from: 'user' }));
}

test('without options there is one server on a free port', () => {
  expect(parseCli([])).toMatchObject({ ports: [0], json: false, exitWithParent: false });
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
  [['--port', 'x'], '--port: expected a port from 0 to 65535, found "x"'],
  [['--port', '70000'], '--port: expected a port from 0 to 65535, found "70000"'],
  [['--count', '0'], '--count: expected a number from 1 to 1000, found "0"'],
  [['--ports', '1,'], '--ports: expected a port from 0 to 65535, found ""'],
  [['--ports', '1', '--count', '2'], '--ports: expected no --port and no --count beside it'],
  [['--seed', '-'], '--seed: expected a whole number of at least 0, found "-"'],
  [['--clock', 'fast'], '--clock: expected one of real, virtual, found "fast"'],
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
  [['--rpm', 'many'], '--rpm: expected a number of at least 0, found "many"'],
  [['--quota-usd', ''], '--quota-usd: expected a number of at least 0, found ""'],
  [['--limits', '{'], '--limits: expected JSON, found "{"'],
  [['--limits', '{"rpm": "x"}'], '--limits.rpm: expected a number of at least 0, found "x"'],
  [['--strictness', 'hard'], '--strictness: expected one of off, spec, openai, found "hard"'],
  [['--fault-rate=2'], '--fault-rate: expected a number from 0 to 1, found 2'],
  [['--fault-rate='], '--fault-rate: expected a number of at least 0, found ""'],
  [['--fault-key=sk-a'], '--fault-key: expected KEY=NAME, found "sk-a"'],
  [['--fault={oops'], '--fault: expected JSON, found "{oops"'],
  [['--options={"tags": true}'], '--options.tags: expected one of the fields'],
  [['--colour'], "unknown option '--colour'"],
])('%j is refused with a sentence', (argv, sentence) => {
  expect(() => parseCli(argv)).toThrow(sentence);
});

const OPTIONS: Required<Omit<ServerOptions, 'port'>> = {
  host: '127.0.0.2',
  tls: true,
  webhookHosts: ['hooks.test'],
  controlToken: 'secret',
  pace: { firstEventMs: 5, tokensPerSecond: { uniform: { from: 20, to: 40 } }, seed: 1 },
  dialect: 'anthropic',
  tag: 'A',
  nonce: true,
  vary: true,
  trace: true,
  clock: 'virtual',
  tenantKeys: { 'sk-a': 'alice', 'sk-b': 'bob' },
  script: [{ match: { text: { regex: 'a' } }, answer: 'b' }],
  seed: 3,
  models: ['a', 'b'],
  keys: ['k'],
  lenientIds: true,
  jobStageMs: 7,
  strictness: { default: 'spec', keys: { 'sk-a': 'openai' } },
  limits: { rpm: 1, quota: { tokens: 5 }, models: { 'gpt-5': { rpm: 1 } } },
  organization: 'org-a',
  faults: ['cut;after=3', { match: { model: 'gpt-4o' }, times: 1, fault: 'stall' }],
  faultRate: 0.25,
  faultKeys: { 'sk-a': 'hang', 'sk-b': 'status;status=503' },
};

test('the arguments that a parent makes of options are read back as the same options', () => {
  const overrides = [{ tag: true }, { limits: { rpm: 3 }, faults: ['stall'] }];
  const read = parseCli(cliArguments(2, { ...OPTIONS, port: 4010 }, overrides));
  expect(read).toEqual({ ports: [4010, 4011], json: true, exitWithParent: true, server: OPTIONS, overrides });
});

test('a regular expression travels to the child as source and flags', () => {
  const [read] = parseCli(cliArguments(1, { faults: [{ match: { text: /^hi/i }, fault: 'stall' }] })).server.faults!;
  expect(read).toEqual({ match: { text: { regex: '^hi', flags: 'i' } }, fault: 'stall' });
});

test('every option can be given by flags of its own', () => {
  const argv = [
    [
      '--host=127.0.0.2',
      '--control-token=secret',
      '--dialect=anthropic',
      '--tag-as=A',
      '--nonce',
      '--vary',
      '--trace',
      '--clock=virtual',
      '--seed=3',
      '--lenient-ids',
    ],
    ['--pace-first-ms=5', '--tokens-per-second={"uniform": {"from": 20, "to": 40}}', '--pace-seed=1'],
    ['--tenant-keys=sk-a=alice,sk-b=bob', '--script=[{"match": {"text": {"regex": "a"}}, "answer": "b"}]'],
    ['--models=a, b', '--keys=k', '--job-stage-ms=7', '--organization=org-a'],
    ['--strictness={"default": "spec", "keys": {"sk-a": "openai"}}'],
    ['--rpm=1', '--quota-tokens=5', '--limits={"models": {"gpt-5": {"rpm": 1}}}'],
    ['--fault=cut;after=3', '--fault={"match": {"model": "gpt-4o"}, "times": 1, "fault": "stall"}'],
    ['--tls', '--webhook-hosts=hooks.test'],
    ['--fault-rate=0.25', '--fault-key=sk-a=hang', '--fault-key=sk-b=status;status=503'],
  ];
  expect(parseCli(argv.flat()).server).toEqual(OPTIONS);
});

test('the former name of the overrides goes on working', () => {
  expect(parseCli(['--personalities', '[{"tag": true}]']).overrides).toEqual([{ tag: true }]);
});

test('no two options share a flag', () => {
  const flags = Object.values(OPTION_TABLE).flatMap((row) => row.flags.map(flagName));
  expect(new Set(flags).size).toBe(flags.length);
});
