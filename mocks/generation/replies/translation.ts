/** A few phrases in a few languages, in the order of LANGUAGES. */
const LANGUAGES = ['french', 'german', 'spanish', 'italian', 'portuguese', 'dutch'];
const PHRASES: Readonly<Record<string, string>> = {
  hello: 'Bonjour|Hallo|Hola|Ciao|Olá|Hallo',
  'hello world': 'Bonjour le monde|Hallo Welt|Hola mundo|Ciao mondo|Olá mundo|Hallo wereld',
  'good morning': 'Bonjour|Guten Morgen|Buenos días|Buongiorno|Bom dia|Goedemorgen',
  'good night': 'Bonne nuit|Gute Nacht|Buenas noches|Buonanotte|Boa noite|Goedenacht',
  goodbye: 'Au revoir|Auf Wiedersehen|Adiós|Arrivederci|Adeus|Tot ziens',
  'thank you': 'Merci|Danke|Gracias|Grazie|Obrigado|Dank u',
  thanks: 'Merci|Danke|Gracias|Grazie|Obrigado|Bedankt',
  please: 'S’il vous plaît|Bitte|Por favor|Per favore|Por favor|Alstublieft',
  yes: 'Oui|Ja|Sí|Sì|Sim|Ja',
  no: 'Non|Nein|No|No|Não|Nee',
  cat: 'chat|Katze|gato|gatto|gato|kat',
  dog: 'chien|Hund|perro|cane|cão|hond',
  water: 'eau|Wasser|agua|acqua|água|water',
  house: 'maison|Haus|casa|casa|casa|huis',
  'how are you': 'Comment allez-vous ?|Wie geht es Ihnen?|¿Cómo está?|Come sta?|Como está?|Hoe gaat het?',
  'i love you': 'Je t’aime|Ich liebe dich|Te quiero|Ti amo|Eu te amo|Ik hou van je',
  'i love programming':
    'J’adore la programmation.|Ich liebe das Programmieren.|Me encanta programar.|Adoro programmare.|Adoro programar.|Ik hou van programmeren.',
  'where is the library':
    'Où est la bibliothèque ?|Wo ist die Bibliothek?|¿Dónde está la biblioteca?|Dov’è la biblioteca?|Onde fica a biblioteca?|Waar is de bibliotheek?',
};
const LANGUAGE =
  '(French|German|Spanish|Italian|Portuguese|Dutch|Japanese|Chinese|Korean|Russian|Polish|Swedish|English|Arabic|Hindi|Turkish|Greek)';
const TASK = new RegExp(String.raw`\btranslat\w{0,5}\b[^\n]{0,400}?\b(?:to|into|in)\s${LANGUAGE}\b`, 'i');
const SAID = new RegExp(
  String.raw`\bhow (?:do|would|can) (?:you|i|one) say ["'“]?([^\n"”']{1,200}?)["'”]? in ${LANGUAGE}\b`,
  'i',
);
const SHOWN_CHARACTERS = 400;

function inLanguage(text: string, language: string): string {
  const bare = text.trim().replace(/^["'“`]+|["'”`]+$/g, '');
  const key = bare
    .toLowerCase()
    .replace(/[.!?,]+/g, '')
    .trim();
  const at = LANGUAGES.indexOf(language.toLowerCase());
  const known = Object.hasOwn(PHRASES, key) ? PHRASES[key]?.split('|')[at] : undefined;
  return known ?? `[${language}] ${bare.slice(0, SHOWN_CHARACTERS).toWellFormed()}`;
}

/** What is to be translated, in a request that names the language with it. */
function materialOf(text: string, task: RegExpExecArray): string {
  const behind = text.slice(task.index + task[0].length).replace(/^[\s:.,]+/, '');
  if (behind.length > 1) return behind;
  const inside = /["'“`]([^"”`\n]{1,300})["'”`]/.exec(task[0])?.[1];
  if (inside !== undefined) return inside;
  return task[0]
    .replace(/^translat\w{0,5}\s+(?:(?:the )?(?:following|this|word|phrase|sentence|text)\s+)*:?\s*/i, '')
    .replace(/\s+(?:from \w+ )?(?:to|into|in) \w+$/i, '');
}

/** A translation, or what may stand for one: the text with the name of the language. */
export function translatedReply(text: string, instructions: string): string | undefined {
  const said = SAID.exec(text);
  if (said !== null) return inLanguage(said[1] ?? '', said[2] ?? '');
  const task = TASK.exec(text);
  if (task !== null) return inLanguage(materialOf(text, task), task[1] ?? '');
  const standing = TASK.exec(instructions);
  return standing === null || text.trim() === '' ? undefined : inLanguage(text, standing[1] ?? '');
}
