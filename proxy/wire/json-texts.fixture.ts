import * as fc from 'fast-check';

/** Numbers that a double holds and ones that it does not, in several spellings. */
const NUMBERS = ['0', '-0', '1.0', '1e2', '12', '1e400', '12345678901234567890', '4503599627370497.5', '0.1'];
const STRINGS = ['""', '"a"', String.raw`"\ud800"`, String.raw`"\"[,{\\"`, '"é😀"', `"${'long '.repeat(20)}"`, '"]"'];
const NAMES = ['"a"', '"b"', '"1"', '"__proto__"', '"properties"', '"model"', String.raw`"\u0061"`];

/** JSON texts of objects: names come twice, numbers lose digits, surrogates stand alone, space is everywhere. */
export const jsonTexts: fc.Arbitrary<string> = fc.letrec<{ value: string; object: string }>((tie) => {
  const space = fc.constantFrom('', '', ' ', '\n\t');
  const spaced = (part: fc.Arbitrary<string>): fc.Arbitrary<string> =>
    fc.tuple(space, part, space).map((parts) => parts.join(''));
  const member = fc.tuple(spaced(fc.constantFrom(...NAMES)), spaced(tie('value'))).map((parts) => parts.join(':'));
  const list = (part: fc.Arbitrary<string>): fc.Arbitrary<string> =>
    fc.array(part, { maxLength: 6 }).map((parts) => parts.join(','));
  return {
    object: fc.oneof(
      list(member).map((text) => `{${text}}`),
      space.map((text) => `{${text}}`),
    ),
    value: fc.oneof(
      { maxDepth: 5, depthSize: 'large' },
      fc.constantFrom(...NUMBERS, ...STRINGS, 'true', 'null'),
      tie('object'),
      list(spaced(tie('value'))).map((text) => `[${text}]`),
    ),
  };
}).object;

/** The same, and texts in which one character was changed, added or taken away: most are no JSON. */
export const nearlyJson: fc.Arbitrary<string> = fc
  .tuple(jsonTexts, fc.nat(), fc.nat(2), fc.constantFrom('{', '}', '[', ']', ',', ':', '"', '\\', ' ', '1', 'n', 'x'))
  .map(([text, place, removed, added]) => {
    const at = place % (text.length + 1);
    return text.slice(0, at) + added + text.slice(at + removed);
  });
