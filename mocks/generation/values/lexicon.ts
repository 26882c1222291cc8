const words = (list: string): ReadonlySet<string> => new Set(list.split(','));

export const COUNTRIES = words(
  'france,germany,spain,italy,japan,china,india,brazil,canada,mexico,australia,portugal,poland,sweden,norway,denmark,finland,' +
    'netherlands,belgium,switzerland,austria,greece,turkey,egypt,kenya,nigeria,south africa,argentina,chile,peru,colombia,ireland,' +
    'england,scotland,uk,united kingdom,usa,us,united states,america,russia,ukraine,south korea,korea,vietnam,thailand,indonesia,' +
    'new zealand,israel,iceland,hungary,czechia,romania,croatia,morocco',
);

export const LANGUAGES = words(
  'english,french,german,spanish,italian,portuguese,dutch,polish,swedish,norwegian,danish,finnish,greek,turkish,russian,ukrainian,' +
    'japanese,chinese,mandarin,korean,arabic,hebrew,hindi,vietnamese,thai,latin,python,javascript,typescript,java,rust,ruby,go,kotlin,swift',
);

export const COLORS = words(
  'red,blue,green,yellow,orange,purple,violet,pink,black,white,gray,grey,brown,gold,silver,beige,turquoise,cyan,magenta,navy',
);

/** ISO codes by the words and signs that stand for them. */
export const CURRENCIES: ReadonlyMap<string, string> = new Map(
  (
    [
      ['USD', 'usd,dollar,dollars,$'],
      ['EUR', 'eur,euro,euros,€'],
      ['GBP', 'gbp,pound,pounds,sterling,£'],
      ['JPY', 'jpy,yen,¥'],
      ['CHF', 'chf,franc,francs'],
      ['CNY', 'cny,yuan,renminbi'],
      ['INR', 'inr,rupee,rupees'],
      ['CAD', 'cad'],
      ['AUD', 'aud'],
      ['SEK', 'sek'],
      ['PLN', 'pln,zloty'],
      ['BRL', 'brl,real,reais'],
      ['MXN', 'mxn,peso,pesos'],
    ] as const
  ).flatMap(([code, names]) => names.split(',').map((name) => [name, code] as const)),
);

export const POSITIVE = words(
  'love,loved,great,good,excellent,amazing,awesome,happy,wonderful,fantastic,perfect,best,nice,delighted,enjoyed,pleased,thank,recommend,brilliant,beautiful',
);
export const NEGATIVE = words(
  'hate,hated,bad,terrible,awful,horrible,worst,broken,disappointed,disappointing,sad,angry,poor,useless,slow,refund,rude,annoyed,waste,fails,failed,ugly',
);

/** Words that stand for a member of an enumeration without being it. */
export const MEMBER_WORDS: Readonly<Record<string, readonly string[]>> = {
  celsius: ['°c', 'centigrade'],
  fahrenheit: ['°f'],
  c: ['celsius', '°c'],
  f: ['fahrenheit', '°f'],
  high: ['urgent', 'urgently', 'asap', 'critical', 'immediately'],
  urgent: ['asap', 'critical', 'immediately', 'high'],
  critical: ['urgent', 'asap'],
  add: ['plus', 'sum', '+'],
  subtract: ['minus', 'difference'],
  multiply: ['times', 'product', 'multiplied'],
  divide: ['divided', 'quotient'],
  '+': ['plus', 'add', 'sum'],
  '-': ['minus', 'subtract'],
  '*': ['times', 'multiply', 'multiplied', '×'],
  '/': ['divide', 'divided', '÷'],
};
