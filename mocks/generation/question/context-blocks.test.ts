import { expect, test } from 'vitest';
import { withoutContext } from './context-blocks.ts';

test.each([
  ['<system-reminder>\nToday is Friday. Use the Skill tool.\n</system-reminder>\nHello', 'Hello'],
  ['Hello\n<environment_context>\n<cwd>/tmp</cwd>\n</environment_context>', 'Hello'],
  [
    '<user_instructions a="1">x</user_instructions>How is <b>Oslo</b>?<system-reminder>y</system-reminder>',
    'How is <b>Oslo</b>?',
  ],
  ['<system-reminder>all there is</system-reminder>', '<system-reminder>all there is</system-reminder>'],
  ['Close <my-tag> later', 'Close <my-tag> later'],
  ['Translate <b>hello</b>', 'Translate <b>hello</b>'],
  ['Hello', 'Hello'],
])('%j asks %j', (text, question) => {
  expect(withoutContext(text)).toBe(question);
});

test('no more than a hundred openings are looked at', () => {
  const block = '<a-b>x</a-b>';
  expect(withoutContext(`${block.repeat(100)}Hello`)).toBe('Hello');
  expect(withoutContext(`${block.repeat(101)}Hello`)).toBe(`${block}Hello`);
  const open = `${'<a-b>'.repeat(20_000)}</c-d> Hello`;
  expect(withoutContext(open)).toBe(open);
});
