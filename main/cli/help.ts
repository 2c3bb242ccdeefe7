/** The text of `hebb --help` and `hebb <command> --help`, made from the table of commands. Pure. */
import { commandNames, commands, type Command, type CommandName } from './commands';

const columns = (rows: readonly (readonly [string, string])[]): string => {
  const width = Math.max(...rows.map(([left]) => left.length)) + 2;
  return rows.map(([left, right]) => `  ${left.padEnd(width)}${right}`).join('\n');
};

const modelHelp: readonly [string, string] = [
  '<model>',
  'the id of a template (see hebb templates), a project folder, or a model.json; ./lenet-5 is a path, lenet-5 the template',
];

const exitCodes = 'Exit codes: 0 done, 1 it failed (the reason is on standard error), 2 the command line is wrong, 130 ended by Ctrl+C.';

function usageOf(name: CommandName): string {
  const command: Command = commands[name];
  const required = Object.entries(command.options).filter(([, option]) => option.required);
  const words = [
    'hebb',
    name,
    ...(command.takesModel ? ['<model>'] : []),
    ...(command.words === undefined ? [] : [`${command.words.placeholder}${command.words.most > 1 ? '…' : ''}`]),
    ...required.map(([option, { placeholder }]) => `--${option} ${placeholder ?? ''}`),
  ];
  return `${words.join(' ')} [options]`;
}

function commandHelp(name: CommandName): string {
  const command: Command = commands[name];
  const options = Object.entries(command.options).map(([option, { placeholder, help }]): readonly [string, string] => [
    placeholder === null ? `--${option}` : `--${option} ${placeholder}`,
    help,
  ]);
  return [
    `Usage: ${usageOf(name)}`,
    command.description,
    ...(command.takesModel ? [columns([modelHelp])] : []),
    ...(command.words === undefined ? [] : [columns([[command.words.placeholder, command.words.help]])]),
    `Options:\n${columns([...options, ['-h, --help', 'show this']])}`,
    exitCodes,
  ].join('\n\n');
}

function generalHelp(): string {
  return [
    'Usage: hebb <command> [options]',
    'Trains, measures and exports neural networks without a screen.',
    `Commands:\n${columns(commandNames.map((name) => [name, commands[name].summary]))}`,
    `Options:\n${columns([
      ['-h, --help', 'show this, or the help of a command'],
      ['-v, --version', 'show the version'],
    ])}`,
    'Example:\n  hebb train lenet-5 --dataset mnist --epochs 1 --seed 1 --out trained\n  hebb evaluate lenet-5 --weights trained/weights.safetensors --dataset mnist\n  hebb export lenet-5 --weights trained/weights.safetensors --to onnx --out lenet-5.onnx',
    exitCodes,
  ].join('\n\n');
}

/** Help on a command, or on all; ends without a line break. */
export const helpText = (command: CommandName | null): string => (command === null ? generalHelp() : commandHelp(command));
