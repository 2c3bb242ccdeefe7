/** From the words after `hebb` to a command with checked values. Pure: it reads no file and prints nothing. */
import { parseArgs } from 'node:util';
import { commandNames, commands, isCommandName, type Command, type CommandName, type ValuesFor } from './commands';
import type { Options } from './options';

export type Invocation = {
  readonly [Name in CommandName]: {
    readonly command: Name;
    readonly model: string;
    /** Of commands that take other words than a model. */
    readonly words?: readonly string[];
    readonly values: ValuesFor<Name>;
  };
}[CommandName];

export type Parsed =
  | { readonly kind: 'run'; readonly invocation: Invocation }
  | { readonly kind: 'help'; readonly command: CommandName | null }
  | { readonly kind: 'version' }
  | { readonly kind: 'usage'; readonly message: string; readonly command: CommandName | null };

const usage = (message: string, command: CommandName | null = null): Parsed => ({ kind: 'usage', message, command });

/** Insertions, deletions and replacements from one word to the other (Wagner and Fischer, 1974). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

/** ` Did you mean …?` where one of the known words is close. */
function suggestion(word: string, known: readonly string[], prefix = ''): string {
  const [best] = known.map((name) => ({ name, edits: distance(word, name) })).sort((a, b) => a.edits - b.edits);
  return best !== undefined && best.edits <= Math.min(2, Math.floor(best.name.length / 2)) ? ` Did you mean ${prefix}${best.name}?` : '';
}

export function parseCommandLine(words: readonly string[]): Parsed {
  const [first, ...rest] = words;
  if (first === undefined) return usage(`say what to do: ${commandNames.join(', ')}`);
  if (first === '--help' || first === '-h') return { kind: 'help', command: null };
  if (first === '--version' || first === '-v') return { kind: 'version' };
  if (first === 'help') {
    const [about] = rest;
    if (about === undefined) return { kind: 'help', command: null };
    return isCommandName(about)
      ? { kind: 'help', command: about }
      : usage(`there is no command ${about}.${suggestion(about, commandNames)}`);
  }
  if (!isCommandName(first)) {
    return first.startsWith('-')
      ? usage(`the command comes first: ${commandNames.join(', ')}`)
      : usage(`there is no command ${first}.${suggestion(first, commandNames)}`);
  }
  return parseCommand(first, rest);
}

function parseCommand(name: CommandName, words: readonly string[]): Parsed {
  const command: Command = commands[name];
  const { options, takesModel } = command;
  const { tokens } = parseArgs({
    args: [...words],
    strict: false,
    allowPositionals: true,
    tokens: true,
    options: {
      help: { type: 'boolean', short: 'h' },
      ...Object.fromEntries(
        Object.entries(options).map(([option, { placeholder }]) => [
          option,
          { type: placeholder === null ? ('boolean' as const) : ('string' as const) },
        ]),
      ),
    },
  });
  const refuse = (message: string): Parsed => usage(message, name);
  const values: Record<string, unknown> = Object.fromEntries(Object.entries(options).map(([option, { absent }]) => [option, absent]));
  const given = new Set<string>();
  const positionals: string[] = [];
  let problem: Parsed | null = null;
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value);
    if (token.kind !== 'option') continue;
    if (token.name === 'help') return { kind: 'help', command: name };
    // The first fault is the one to tell; but a call for help further on is answered all the same.
    if (problem !== null) continue;
    const reading = readOption(options, token, name);
    if (!reading.ok) problem = refuse(reading.message);
    else if (given.has(token.name)) problem = refuse(`--${token.name} is given twice`);
    else {
      given.add(token.name);
      values[token.name] = reading.value;
    }
  }
  if (problem !== null) return problem;
  const { words: wanted } = command;
  const surplus = positionals[wanted?.most ?? (takesModel ? 1 : 0)];
  if (surplus !== undefined) return refuse(takesModel ? `one model is enough; what is ${surplus}?` : `${name} takes no ${surplus}`);
  const [model = ''] = positionals;
  if (takesModel && model === '') return refuse('name a model: a project folder, a model.json or a template (see hebb templates)');
  if (wanted !== undefined && positionals.length < wanted.least) return refuse(`say ${wanted.placeholder}: ${wanted.help}`);
  const missing = Object.entries(options).find(([option, { required }]) => required && !given.has(option));
  if (missing !== undefined) return refuse(`--${missing[0]} ${missing[1].placeholder ?? ''} is missing`);
  const pair = command.exclusive?.find((both) => both.every((option) => given.has(option)));
  if (pair !== undefined) return refuse(`--${pair[0]} and --${pair[1]} exclude each other: give one of them`);
  // Every value was read by the option of its name, so they are the command's values.
  return {
    kind: 'run',
    invocation: {
      command: name,
      ...(wanted === undefined ? { model } : { model: '', words: positionals }),
      values,
    } as unknown as Invocation,
  };
}

function readOption(
  options: Options,
  token: {
    readonly name: string;
    readonly rawName: string;
    readonly value?: string | undefined;
    readonly inlineValue?: boolean | undefined;
  },
  command: CommandName,
): { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly message: string } {
  const { name, rawName, value, inlineValue } = token;
  const option = Object.hasOwn(options, name) ? options[name] : undefined;
  if (option === undefined || !rawName.startsWith('--')) {
    return { ok: false, message: `${command} has no option ${rawName}.${suggestion(name, Object.keys(options), '--')}` };
  }
  if (option.placeholder === null) {
    return value === undefined ? { ok: true, value: true } : { ok: false, message: `--${name} takes no value, but got ${value}` };
  }
  // `--out --json`: the next option is no value; `--learning-rate -1` is one, if a wrong one.
  if (value === undefined || (inlineValue !== true && /^-\D/.test(value))) {
    return { ok: false, message: `--${name} needs a value: --${name} ${option.placeholder}` };
  }
  const reading = option.read(value);
  return reading.ok ? reading : { ok: false, message: `--${name} must be ${reading.expected}, not ${value === '' ? 'empty' : value}` };
}
