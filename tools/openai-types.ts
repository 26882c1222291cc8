// Writes what the types of the official `openai` package say of the objects in the mock's table of resources:
// `npm run generate` makes mocks/resources/shapes.json; a test checks that it is fresh.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { API, SymbolFlags, TypeFlags } from 'typescript/unstable/sync';
import type { Checker, Type } from 'typescript/unstable/sync';
import { otherShapes, resources } from '../mocks/resources/table/index.ts';
import type { Shape } from '../mocks/resources/shape.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
/** A project that exists in memory only: one file that names every type of the table. */
const folder = join(root, 'tools/openai-types.virtual');
const projectFile = join(folder, 'tsconfig.json');
const entryFile = join(folder, 'entry.ts');
const OUTPUT = join(root, 'mocks/resources/shapes.json');
/** Objects inside objects are told so far down. */
const DEPTH = 8;

const PROJECT = {
  compilerOptions: { module: 'nodenext', target: 'es2022', strict: true, skipLibCheck: true, noEmit: true, types: [] },
  files: ['./entry.ts'],
};

const KINDS: readonly (readonly [flag: number, letter: string])[] = [
  [TypeFlags.String | TypeFlags.StringLiteral | TypeFlags.TemplateLiteral, 's'],
  [TypeFlags.Number | TypeFlags.NumberLiteral, 'n'],
  [TypeFlags.Boolean | TypeFlags.BooleanLiteral, 'b'],
  [TypeFlags.Null, 'z'],
  [TypeFlags.Undefined, ''],
  [TypeFlags.Any | TypeFlags.Unknown, '*'],
];

function membersOf(type: Type): readonly Type[] {
  return type.isUnionType() ? (type.getTypes() ?? []).flatMap(membersOf) : [type];
}

function letterOf(type: Type, checker: Checker): string {
  const known = KINDS.find(([flag]) => (type.flags & flag) !== 0);
  if (known !== undefined) return known[1];
  // `string & {}`: any string, written so that editors still offer the known ones.
  if (type.isIntersectionType() && (type.getTypes() ?? []).some(({ flags }) => (flags & TypeFlags.String) !== 0))
    return 's';
  return checker.isArrayLikeType(type) ? 'a' : 'o';
}

function literalsOf(members: readonly Type[], checker: Checker): readonly string[] | undefined {
  const texts = members.filter((member) => letterOf(member, checker) === 's');
  const literals = texts.flatMap((member) => (member.isStringLiteralType() ? [member.value] : []));
  return literals.length > 0 && literals.length === texts.length ? literals : undefined;
}

function fieldsOf(type: Type, checker: Checker, depth: number): Readonly<Record<string, Shape>> {
  return Object.fromEntries(
    checker.getPropertiesOfType(type).map((property) => {
      const inner = checker.getTypeOfSymbol(property);
      if (inner === undefined) throw new Error(`no type for ${property.name}`);
      const optional = (property.flags & SymbolFlags.Optional) !== 0;
      return [optional ? `${property.name}?` : property.name, shapeOf(inner, checker, optional ? 0 : depth - 1)];
    }),
  );
}

function shapeOf(type: Type, checker: Checker, depth: number): Shape {
  const members = membersOf(type);
  const letters = [...new Set(members.map((member) => letterOf(member, checker)))].toSorted().join('');
  const t = letters.includes('*') ? '*' : letters;
  const literals = literalsOf(members, checker);
  const object = members.find((member) => letterOf(member, checker) === 'o');
  // Never looked into: what may be null is made null.
  const deep = object !== undefined && depth > 0 && !t.includes('z') && t !== '*';
  return {
    t,
    ...(literals === undefined ? {} : { is: literals }),
    ...(deep ? { fields: fieldsOf(object, checker, depth) } : {}),
  };
}

function entryText(names: readonly string[]): string {
  return names
    .map((name, index) => {
      const [module, type] = name.split('#');
      return `export type T${index} = import('openai/resources/${module}').${type};`;
    })
    .join('\n');
}

/** The text of shapes.json: a line a type. */
export function renderShapes(): string {
  const names = [...new Set([...resources.map(({ shape }) => shape), ...otherShapes])].toSorted();
  const virtual: Readonly<Record<string, string>> = {
    [projectFile]: JSON.stringify(PROJECT),
    [entryFile]: entryText(names),
  };
  const api = new API({
    cwd: root,
    fs: {
      readFile: (file) => virtual[file],
      fileExists: (file) => (file in virtual ? true : undefined),
      directoryExists: (name) => (name === folder ? true : undefined),
    },
  });
  try {
    const [project] = api.updateSnapshot({ openProjects: [projectFile] }).getProjects();
    const source = project?.program.getSourceFile(entryFile);
    const module = source === undefined ? undefined : project?.checker.getSymbolAtLocation(source);
    if (project === undefined || module === undefined) throw new Error('the compiler gives no project');
    const { checker } = project;
    const declared = new Map(checker.getExportsOfModule(module).map((symbol) => [symbol.name, symbol]));
    const lines = names.map((name, index) => {
      const symbol = declared.get(`T${index}`);
      const type = symbol === undefined ? undefined : checker.getDeclaredTypeOfSymbol(symbol);
      if (type === undefined || (type.flags & TypeFlags.Any) !== 0)
        throw new Error(`the openai package has no ${name}`);
      return `  ${JSON.stringify(name)}: ${JSON.stringify(shapeOf(type, checker, DEPTH))}`;
    });
    return `{\n${lines.join(',\n')}\n}\n`;
  } finally {
    api.close();
  }
}

if (import.meta.main) writeFileSync(OUTPUT, renderShapes());
