import { conceptOf } from '../question/concepts.ts';
import { identifierWords, isStopWord } from '../question/words.ts';
import type { Schema } from './property.ts';
import { isObject } from './schema.ts';
import type { Source } from './source.ts';

/** Texts that only this alternative has: constants, its title. */
function labels(branch: Schema): readonly string[] {
  const properties = isObject(branch['properties']) ? Object.values(branch['properties']).filter(isObject) : [];
  const constants = [branch, ...properties].flatMap((one) => [
    one['const'],
    ...(Array.isArray(one['enum']) && one['enum'].length === 1 ? one['enum'] : []),
  ]);
  return [...constants, branch['title']].filter((label) => typeof label === 'string');
}

function spoken(texts: readonly string[], source: Source): number {
  const concepts = new Set(
    texts
      .flatMap(identifierWords)
      .filter((word) => !isStopWord(word))
      .map(conceptOf),
  );
  return [...concepts].filter((concept) => source.facts.placesOf(concept).length > 0).length;
}

/** Which of several object schemas the text speaks of most; undefined when it speaks of none. */
export function chosenBranch(branches: readonly Schema[], source: Source): number | undefined {
  const scores = branches.map((branch) => {
    const properties = isObject(branch['properties']) ? Object.keys(branch['properties']).slice(0, 60) : [];
    return properties.length === 0 ? 0 : 3 * spoken(labels(branch), source) + spoken(properties, source);
  });
  const most = Math.max(...scores);
  return most > 0 ? scores.indexOf(most) : undefined;
}
