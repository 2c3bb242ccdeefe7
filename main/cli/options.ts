/** The kinds of options that commands take: how each is written, explained and read. It knows no command. */

export type Reading<Value> = { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly expected: string };

export interface Option<Value = unknown> {
  /** What stands after the name in help, such as `N`; null for a flag, which takes nothing. */
  readonly placeholder: string | null;
  readonly help: string;
  readonly required: boolean;
  /** `expected` completes "… must be". */
  readonly read: (text: string) => Reading<Value>;
  /** The value where the option is not given. */
  readonly absent: Value;
}

export type Options = Readonly<Record<string, Option>>;
/** The values of a command's options, by name. */
export type OptionValues<Given extends Options> = {
  readonly [Name in keyof Given]: Given[Name] extends Option<infer Value> ? Value : never;
};

const accept = <Value>(value: Value): Reading<Value> => ({ ok: true, value });
const refuse = (expected: string): Reading<never> => ({ ok: false, expected });

export const flag = (help: string): Option<boolean> => ({
  placeholder: null,
  help,
  required: false,
  read: () => accept(true),
  absent: false,
});

const readText = (text: string): Reading<string> => (text === '' ? refuse('a name') : accept(text));

export const text = (placeholder: string, help: string): Option<string | null> => ({
  placeholder,
  help,
  required: false,
  read: readText,
  absent: null,
});

export const textOr = (placeholder: string, absent: string, help: string): Option<string> => ({
  placeholder,
  help,
  required: false,
  read: readText,
  absent,
});

export const requiredText = (placeholder: string, help: string): Option<string> => ({
  placeholder,
  help,
  required: true,
  read: readText,
  absent: '',
});

export const wholeNumber = (minimum: number, maximum: number, help: string): Option<number | null> => ({
  placeholder: 'N',
  help,
  required: false,
  read: (given) => {
    const value = /^\d{1,15}$/.test(given) ? Number(given) : NaN;
    return value >= minimum && value <= maximum ? accept(value) : refuse(`a whole number from ${minimum} to ${maximum}`);
  },
  absent: null,
});

const decimalPattern = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

export const decimal = (minimum: number, maximum: number, help: string): Option<number | null> => ({
  placeholder: 'X',
  help,
  required: false,
  read: (given) => {
    const value = decimalPattern.test(given) ? Number(given) : NaN;
    return value >= minimum && value <= maximum ? accept(value) : refuse(`a number from ${minimum} to ${maximum}`);
  },
  absent: null,
});

const readChoice =
  <Choice extends string>(choices: readonly Choice[]) =>
  (given: string): Reading<Choice> => {
    const chosen = choices.find((choice) => choice === given);
    return chosen === undefined ? refuse(`one of ${choices.join(', ')}`) : accept(chosen);
  };

export const choice = <const Choice extends string>(choices: readonly Choice[], help: string): Option<Choice | null> => ({
  placeholder: choices.join('|'),
  help,
  required: false,
  read: readChoice(choices),
  absent: null,
});

export const choiceOr = <const Choice extends string>(
  choices: readonly Choice[],
  absent: NoInfer<Choice>,
  help: string,
): Option<Choice> => ({
  ...choice(choices, help),
  read: readChoice(choices),
  absent,
});

export const requiredChoice = <const Choice extends readonly [string, ...string[]]>(
  choices: Choice,
  help: string,
): Option<Choice[number]> => ({
  placeholder: choices.join('|'),
  help,
  required: true,
  read: readChoice<Choice[number]>(choices),
  absent: choices[0],
});

/** `28x28`: width, then height. */
export const size = (help: string): Option<{ readonly width: number; readonly height: number } | null> => ({
  placeholder: 'WxH',
  help,
  required: false,
  read: (given) => {
    const [, width, height] = /^([1-9]\d{0,3})[x×]([1-9]\d{0,3})$/.exec(given) ?? [];
    return width === undefined || height === undefined
      ? refuse('a width and a height in pixels, such as 28x28')
      : accept({ width: Number(width), height: Number(height) });
  },
  absent: null,
});

/** Names between commas. */
export const list = (placeholder: string, help: string): Option<readonly string[] | null> => ({
  placeholder,
  help,
  required: false,
  read: (given) => {
    const names = given.split(',').map((name) => name.trim());
    return names.every((name) => name !== '') ? accept(names) : refuse('names with commas between them');
  },
  absent: null,
});
