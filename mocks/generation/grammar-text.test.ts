import { expect, test } from 'vitest';
import { textForGrammar } from './grammar-text.ts';

const lark = (definition: string) => textForGrammar({ syntax: 'lark', definition });

test('a regular expression is fulfilled as a whole', () => {
  const definition = String.raw`(?:add|sub) \d{2,4}|reset`;
  const text = textForGrammar({ syntax: 'regex', definition });
  expect(text).toMatch(new RegExp(`^(?:${definition})$`));
});

test('a grammar of expressions gives its shortest sentence', () => {
  const grammar = `
    // sums
    start: expr
    expr: term (SP ADD SP term)* -> add
        | term
    term: factor (SP MUL SP factor)*
    factor: INT
    SP: " "
    ADD: "+"
    MUL: "*"
    %import common.INT
  `;
  expect(lark(grammar)).toBe('1');
});

test('repetitions, options, ranges, terminals with expressions and recursion are understood', () => {
  expect(lark('start: "a"~3 [opt] LETTER? DIGIT+\nopt: "x"\nDIGIT: "0".."9"')).toBe('aaa0');
  expect(lark('start: list\nlist: "[" [list ("," list)*] "]"')).toBe('[]');
  expect(lark('start: nested | leaf\nnested: "(" start ")"\nleaf: /[a-c]{2}/')).toMatch(/^[a-c]{2}$/);
  expect(lark(String.raw`start: "say \"hi\"" NEWLINE` + '\n%import common.NEWLINE')).toBe('say "hi"\n');
});

test('what is no grammar, or never ends, has no text', () => {
  expect(lark('this is prose')).toBeUndefined();
  expect(lark('start: "(" start ")"')).toBeUndefined();
  expect(textForGrammar({ syntax: 'regex', definition: '(' })).toBeUndefined();
});
