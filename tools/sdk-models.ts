// The models that the types of the official `openai` package name: `npm run generate` makes mocks/dialects/known-models.json.
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const sources = join(root, 'node_modules/openai/resources');
const OUTPUT = join(root, 'mocks/dialects/known-models.json');

/** Unions of names, and fields of the name `model`. */
const UNION = /(?:type \w*Models?(?:Param)?\b|type ResponsesModel|^\s*model\??:|\| null;?)[^=;]*?(?==|'|\()[^;]*;/gm;
const NAME =
  /'((?:gpt|chatgpt|o\d|text-embedding|text-moderation|omni-moderation|whisper|tts|dall-e|sora|computer-use|codex|davinci|babbage|gpt-image)[\w.-]*)'/g;

/** Names in their alphabetical order. */
export function sdkModels(): readonly string[] {
  const files = globSync('**/*.d.ts', { cwd: sources });
  const names = files.flatMap((file) => {
    const code = readFileSync(join(sources, file), 'utf8').replaceAll(/\/\*\*[^]*?\*\//g, '');
    const unions = [...code.matchAll(UNION)].map(([union]) => union);
    return unions.flatMap((union) => [...union.matchAll(NAME)].map(([, name = '']) => name));
  });
  return [...new Set(names)].toSorted();
}

export function modelsFile(): string {
  return `${JSON.stringify(sdkModels(), undefined, 2)}\n`;
}

if (import.meta.filename === process.argv[1]) writeFileSync(OUTPUT, modelsFile());
