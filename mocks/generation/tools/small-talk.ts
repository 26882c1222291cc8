/** Phrases that keep a conversation going and ask for nothing that a tool could do. */
const PHRASES =
  /\b(?:how are (?:you|things)(?: doing)?(?: today)?|how(?:'s| is) it going|what(?:'s| is) up|good (?:morning|afternoon|evening|night|day)|nice to meet you|thank you(?: so much| very much)?|thanks(?: a lot)?|(?:what|which) (?:tools|functions) (?:do|can) you (?:have|use)|what (?:can|do) you do|how (?:can|could) you help(?: me)?|who (?:are|made) you|what(?:'s| is) your name|have a (?:nice|good|great) (?:day|weekend|one)|see you(?: later| soon)?|sounds good|no worries|you(?:'re| are) welcome|great job|well done|hello(?: there| world)?|hi(?: there)?|hey(?: there)?|goodbye|bye)\b/gi;

/** `do not use any tools` and its like. */
const WITHOUT_TOOLS =
  /\b(?:do not|don['’]t|without|never|no need to|avoid|instead of)\s(?:\w{1,12}\s){0,3}?(?:tools?|functions?|function calls?)\b|\bno (?:tools|functions)\b/i;

const REMARK =
  /^(?:i|we|my \w+|the \w+|it|that|this)(?:['’]s|['’]m|['’]ve)? ?(?:(?:really|just|so|do|also) )?(?:loved?|likes?|liked|enjoy(?:ed)?|hated?|was|were|had|saw|felt|feel|went|is so|is very|is great|is nice|am so|am very)\b|^(?:what an? |wow\b|haha|lol\b|oh\b)/i;
const REQUEST = /\?|\b(?:please|can you|could you|need|want|would like|tell me|show|find|check|help me|let me know)\b/i;

const MADE_UP =
  /\b(?:write|compose|tell|sing|make up|invent|create|give)\b[^.?!\n]{0,30}?\b(poem|haiku|story|song|joke|limerick|essay|rap|riddle|tale)s?\b/i;

/** The kind of text that is to be made up: what that is about is no question. */
export function madeUp(text: string): string | undefined {
  return MADE_UP.exec(text)?.[1];
}

/** A text without what is only small talk in it. */
export function withoutSmallTalk(text: string): string {
  return text.replaceAll(PHRASES, (phrase) => ' '.repeat(phrase.length));
}

export function forbidsTools(text: string): boolean {
  return WITHOUT_TOOLS.test(text);
}

/** Something that is told and not asked: `I love this weather!` */
export function isRemark(text: string): boolean {
  const start = text.trimStart();
  return start.length < 300 && REMARK.test(start) && !REQUEST.test(start);
}
